// The program in the container: asks the AWS SDK for Java for credentials without options.
//
// It prints the result as a line, and asks again for each line of standard input.

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;

public final class Credentials {
    public static void main(String[] args) throws Exception {
        trustAuthority(System.getenv("SSL_CERT_FILE"));
        DefaultCredentialsProvider provider = DefaultCredentialsProvider.builder().build();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        do {
            System.out.println(attempt(provider));
        } while (lines.readLine() != null);
        provider.close();
    }

    private static String attempt(DefaultCredentialsProvider provider) {
        try {
            AwsCredentials found = provider.resolveCredentials();
            Map<String, String> fields = new LinkedHashMap<>();
            fields.put("key", found.accessKeyId());
            if (found instanceof AwsSessionCredentials session) fields.put("sessionToken", session.sessionToken());
            return "{\"credentials\":" + json(fields) + "}";
        } catch (SdkException error) {
            Map<String, String> fields = new LinkedHashMap<>();
            fields.put("name", error.getClass().getSimpleName());
            fields.put("message", String.valueOf(error.getMessage()));
            return "{\"error\":" + json(fields) + "}";
        }
    }

    private static String json(Map<String, String> fields) {
        StringBuilder text = new StringBuilder("{");
        fields.forEach((name, value) -> {
            if (text.length() > 1) text.append(',');
            text.append('"').append(name).append("\":\"").append(escape(value)).append('"');
        });
        return text.append('}').toString();
    }

    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (char one : text.toCharArray()) {
            if (one == '"' || one == '\\') escaped.append('\\').append(one);
            else if (one < ' ') escaped.append(String.format("\\u%04x", (int) one));
            else escaped.append(one);
        }
        return escaped.toString();
    }

    /** Java reads no PEM file of authorities, so the image of a Java program has a key store. */
    private static void trustAuthority(String pem) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (FileInputStream in = new FileInputStream(pem)) {
            store.setCertificateEntry("authority", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        Path file = Files.createTempFile("authorities", ".p12");
        file.toFile().deleteOnExit();
        try (FileOutputStream out = new FileOutputStream(file.toFile())) {
            store.store(out, "changeit".toCharArray());
        }
        System.setProperty("javax.net.ssl.trustStore", file.toString());
        System.setProperty("javax.net.ssl.trustStorePassword", "changeit");
        System.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
    }
}
