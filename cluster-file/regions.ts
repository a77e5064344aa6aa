// AWS regions in which Lambda has no Function URLs, each with a region nearby that has them.

/** Source: the Lambda developer guide, "Function URLs", November 2026. */
const neighbours: Readonly<Record<string, string>> = {
  'ap-east-2': 'ap-northeast-1',
  'ap-south-2': 'ap-south-1',
  'ap-southeast-4': 'ap-southeast-2',
  'ap-southeast-5': 'ap-southeast-1',
  'ap-southeast-6': 'ap-southeast-2',
  'ap-southeast-7': 'ap-southeast-1',
  'ca-west-1': 'ca-central-1',
  'eu-central-2': 'eu-central-1',
  'eu-south-2': 'eu-west-3',
  'il-central-1': 'eu-south-1',
  'me-central-1': 'me-south-1',
};

/** Why the webhook cannot be in this region, as the end of a sentence. Undefined if it can. */
export function regionProblem(region: string): string | undefined {
  const neighbour = neighbours[region];
  return neighbour === undefined
    ? undefined
    : `is ${region}, where Lambda has no Function URLs; write a region that has them, such as ${neighbour}. The webhook and the roles of pods need not be in the region of the cluster`;
}
