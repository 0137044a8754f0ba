// Calls to the AWS emulation without an SDK: they begin faster, and prove nothing about the SDK's use.

/** Calls an operation of AWS JSON, e.g. `secretsmanager.CreateSecret`, and returns its output. */
export async function callAws(
  awsUrl: string,
  target: string,
  input: object,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(awsUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-amz-json-1.0', 'X-Amz-Target': target },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target} was refused with ${response.status}: ${text}`);
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

/** Creates a bucket. */
export async function createBucket(awsUrl: string, name: string): Promise<void> {
  // The emulation verifies no signature, but tells by it that the request is to S3.
  const authorization = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request';
  const { ok, status } = await fetch(`${awsUrl}/${name}`, { method: 'PUT', headers: { authorization } });
  if (!ok) throw new Error(`The bucket was refused with ${status}`);
}
