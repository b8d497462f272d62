// Calls a stand-in of {{TITLE}} with a key that was issued for the test.
import { call } from '../server/client.js';

test('lists', async () => { process.env.{{KEY_NAME}} = await issue(); expect(await call('/')).toBeDefined(); });
