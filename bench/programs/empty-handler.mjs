// An empty handler that allows everything and reads the four objects over HTTP/2, if there is a cluster.

const { CWII_KUBE_API_URL: url, CWII_KUBE_CA: ca, BENCH_TOKEN: token, BENCH_PATHS: paths } = process.env;

export async function handler(event) {
  const { request } = JSON.parse(event.body);
  if (url) await readAll();
  const response = { uid: request.uid, allowed: true };
  const body = JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
}

async function readAll() {
  const http2 = await import('node:http2');
  const session = http2.connect(url, { ca });
  await Promise.all(paths.split(',').map((path) => read(session, path)));
  session.close();
}

function read(session, path) {
  return new Promise((resolve, reject) => {
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const stream = session.request({ ':path': path, authorization: `Bearer ${token}`, accept });
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk) => (text += chunk));
    stream.once('end', () => resolve(JSON.parse(text)));
    stream.once('error', reject);
  });
}
