// The real SDK finds Secrets Manager behaving as it does at AWS.
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  InvalidRequestException,
  ListSecretsCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { startAwsEmulation } from '../../../local/aws-emulation/server.ts';
import type { AwsEmulation } from '../../../local/aws-emulation/server.ts';
import { createSecretsClient } from './emulated-clients.ts';

let emulation: AwsEmulation;
let client: SecretsManagerClient;

beforeEach(async () => {
  emulation = await startAwsEmulation({ port: 0, functions: new Map() });
  client = createSecretsClient(emulation.url);
});
afterEach(async () => {
  client.destroy();
  await emulation.close();
});

const [tokenA, tokenB] = ['a'.repeat(32), 'b'.repeat(32)];
const create = (Name: string, SecretString?: string, ClientRequestToken?: string) =>
  client.send(new CreateSecretCommand({ Name, SecretString, ClientRequestToken }));
const put = (SecretId: string, SecretString: string, ClientRequestToken?: string, VersionStages?: string[]) =>
  client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken, VersionStages }));
const get = (SecretId: string, VersionStage?: string, VersionId?: string) =>
  client.send(new GetSecretValueCommand({ SecretId, VersionStage, VersionId }));
const move = (VersionStage: string, MoveToVersionId?: string, RemoveFromVersionId?: string) =>
  client.send(
    new UpdateSecretVersionStageCommand({ SecretId: 's', VersionStage, MoveToVersionId, RemoveFromVersionId }),
  );

describe('a secret', () => {
  it('is read by name, whole ARN, and ARN without its random end', async () => {
    const { ARN = '' } = await create('app/prod/token', 'value');
    for (const id of ['app/prod/token', ARN, ARN.slice(0, -7)]) {
      expect(await get(id)).toMatchObject({ Name: 'app/prod/token', ARN, SecretString: 'value' });
    }
    expect((await get(ARN)).CreatedDate).toBeInstanceOf(Date);
  });

  it('may hold bytes', async () => {
    await client.send(new CreateSecretCommand({ Name: 's', SecretBinary: Buffer.from([0, 255]) }));
    expect([...((await get('s')).SecretBinary ?? [])]).toEqual([0, 255]);
  });

  it('that is missing is not found', async () => {
    await expect(get('missing')).rejects.toThrow(ResourceNotFoundException);
    await expect(put('missing', 'value')).rejects.toThrow(ResourceNotFoundException);
  });

  it('without a value exists, but its value is not found', async () => {
    await create('s');
    await expect(get('s')).rejects.toThrow(ResourceNotFoundException);
    await expect(get('s')).rejects.toThrow('staging label: AWSCURRENT');
    expect(await client.send(new DescribeSecretCommand({ SecretId: 's' }))).toMatchObject({ Name: 's' });
    await put('s', 'first');
    expect((await get('s')).SecretString).toBe('first');
  });

  it('cannot be created twice', async () => {
    await create('s', 'value');
    await expect(create('s', 'value')).rejects.toThrow(ResourceExistsException);
  });

  it('may be created again with the same token and value, but not with another value', async () => {
    const first = await create('s', 'value', tokenA);
    expect(await create('s', 'value', tokenA)).toMatchObject({ ARN: first.ARN, VersionId: tokenA });
    await expect(create('s', 'other', tokenA)).rejects.toThrow(ResourceExistsException);
  });

  it('cannot have a name AWS does not take', async () => {
    await expect(create('a b', 'value')).rejects.toThrow('Invalid name');
  });
});

describe('a new version', () => {
  it('becomes current and makes the one before previous', async () => {
    await create('s', 'first', tokenA);
    expect(await put('s', 'second', tokenB)).toMatchObject({ VersionId: tokenB, VersionStages: ['AWSCURRENT'] });
    expect(await get('s')).toMatchObject({ SecretString: 'second', VersionId: tokenB });
    expect(await get('s', 'AWSPREVIOUS')).toMatchObject({ SecretString: 'first', VersionStages: ['AWSPREVIOUS'] });
    await put('s', 'third');
    expect((await get('s', 'AWSPREVIOUS')).SecretString).toBe('second');
    expect((await get('s', undefined, tokenA)).SecretString).toBe('first');
  });

  it('is written once for one token, and not at all with another value', async () => {
    await create('s', 'first');
    await put('s', 'second', tokenB);
    await put('s', 'third');
    expect((await put('s', 'second', tokenB)).VersionId).toBe(tokenB);
    expect((await get('s')).SecretString).toBe('third');
    await expect(put('s', 'other', tokenB)).rejects.toThrow(ResourceExistsException);
  });

  it('stays aside under a label of its own, unless it is the first', async () => {
    await create('s');
    await put('s', 'first', tokenA, ['AWSPENDING']);
    expect((await get('s')).SecretString).toBe('first');
    await put('s', 'second', tokenB, ['AWSPENDING']);
    expect((await get('s')).SecretString).toBe('first');
    expect((await get('s', 'AWSPENDING')).SecretString).toBe('second');
  });

  it('needs a token of 32 to 64 characters and one value', async () => {
    await create('s');
    await expect(put('s', 'value', 'short')).rejects.toThrow(InvalidParameterException);
    await expect(client.send(new PutSecretValueCommand({ SecretId: 's' }))).rejects.toThrow(InvalidRequestException);
  });
});

describe('reading', () => {
  it('an unknown version or label finds nothing', async () => {
    await create('s', 'value', tokenA);
    await expect(get('s', undefined, tokenB)).rejects.toThrow(ResourceNotFoundException);
    await expect(get('s', 'AWSPENDING')).rejects.toThrow(ResourceNotFoundException);
  });

  it('a version under a label it does not carry is refused', async () => {
    await create('s', 'value', tokenA);
    await expect(get('s', 'AWSPENDING', tokenA)).rejects.toThrow(InvalidRequestException);
  });
});

describe('UpdateSecretVersionStage', () => {
  beforeEach(async () => {
    await create('s', 'first', tokenA);
    await put('s', 'second', tokenB, ['AWSPENDING']);
  });

  it('promotes a pending version, and the current one becomes previous', async () => {
    await move('AWSCURRENT', tokenB, tokenA);
    expect((await get('s')).SecretString).toBe('second');
    expect((await get('s', 'AWSPREVIOUS')).SecretString).toBe('first');
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: 's' }));
    expect(VersionIdsToStages).toEqual({ [tokenA]: ['AWSPREVIOUS'], [tokenB]: ['AWSPENDING', 'AWSCURRENT'] });
  });

  it('needs to be told which version the label is taken from', async () => {
    await expect(move('AWSCURRENT', tokenB)).rejects.toThrow(InvalidParameterException);
    expect((await get('s')).SecretString).toBe('first');
  });

  it('removes a label, but not AWSCURRENT', async () => {
    await move('AWSPENDING', undefined, tokenB);
    await expect(get('s', 'AWSPENDING')).rejects.toThrow(ResourceNotFoundException);
    await expect(move('AWSCURRENT', undefined, tokenA)).rejects.toThrow(InvalidParameterException);
  });
});

describe('DeleteSecret', () => {
  const remove = (ForceDeleteWithoutRecovery?: boolean) =>
    client.send(new DeleteSecretCommand({ SecretId: 's', ForceDeleteWithoutRecovery }));

  it('marks a secret, whose value and name are out of use from then on', async () => {
    await create('s', 'value');
    expect((await remove()).DeletionDate?.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000);
    await expect(get('s')).rejects.toThrow(InvalidRequestException);
    await expect(put('s', 'other')).rejects.toThrow(InvalidRequestException);
    await expect(create('s', 'other')).rejects.toThrow(InvalidRequestException);
    expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
  });

  it('removes at once when forced, also what is not there', async () => {
    await create('s', 'value');
    await remove(true);
    await expect(get('s')).rejects.toThrow(ResourceNotFoundException);
    expect(await remove(true)).toMatchObject({ Name: 's' });
    await create('s', 'again');
    expect((await get('s')).SecretString).toBe('again');
  });
});

it('lists the secrets', async () => {
  await create('a', 'value', tokenA);
  await create('b');
  const { SecretList } = await client.send(new ListSecretsCommand({}));
  expect(SecretList).toMatchObject([
    { Name: 'a', SecretVersionsToStages: { [tokenA]: ['AWSCURRENT'] } },
    { Name: 'b', SecretVersionsToStages: {} },
  ]);
});
