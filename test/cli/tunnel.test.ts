// The line to type for a tunnel, from where and by whom somebody is logged in.

import { test } from 'tap';
import { tunnelLine } from '../../agent/cli/tunnel.ts';

test('over SSH it names the address that was reached; else the machine', (t) => {
  const at = (sshConnection: string | undefined) =>
    tunnelLine(8470, { sshConnection, user: 'anna', hostname: 'box-7' });
  t.equal(at('192.0.2.9 50122 192.0.2.7 22'), 'ssh -N -L 8470:127.0.0.1:8470 anna@192.0.2.7');
  t.equal(at('192.0.2.9 50122 192.0.2.7 2222'), 'ssh -N -L 8470:127.0.0.1:8470 -p 2222 anna@192.0.2.7');
  t.equal(at('2001:db8::9 50122 2001:db8::7 22'), 'ssh -N -L 8470:127.0.0.1:8470 anna@2001:db8::7');
  t.equal(at(undefined), 'ssh -N -L 8470:127.0.0.1:8470 anna@box-7');
  t.equal(at(''), 'ssh -N -L 8470:127.0.0.1:8470 anna@box-7');
  t.end();
});
