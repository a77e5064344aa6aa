// What a bundle's folder has beside the function: it is deployed neither by CDK nor in the zip files.

/** Names of files. */
export const notDeployed: readonly string[] = ['metafile.json'];
