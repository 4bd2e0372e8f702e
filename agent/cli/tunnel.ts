// The line that brings a page on this box's loopback to the machine that somebody sits at. Pure.

export interface Whereabouts {
  /** `client-address client-port own-address own-port`, as sshd sets it; undefined: not over SSH, or sudo took it away */
  sshConnection: string | undefined;
  /** who logs in there: not root, where sudo was used */
  user: string;
  hostname: string;
}

export function tunnelLine(port: number, { sshConnection, user, hostname }: Whereabouts): string {
  const [, , address = hostname, sshPort = '22'] = sshConnection?.trim().split(/\s+/) ?? [];
  const other = sshPort === '22' ? '' : ` -p ${sshPort}`;
  return `ssh -N -L ${port}:127.0.0.1:${port}${other} ${user}@${address}`;
}
