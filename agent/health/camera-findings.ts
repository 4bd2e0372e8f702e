// Everything that can be found at a camera, in the words of the doctor and of docs/doctor.md.

export const findings = {
  good: { verdict: 'ok', cause: 'the camera delivers frames', advice: null },
  disabled: { verdict: 'ok', cause: 'the camera is configured with enabled: false', advice: null },
  'no-password': {
    verdict: 'fail',
    cause: 'the password file is missing, empty or not readable for this user',
    advice:
      'Put the password into the file that passwordFile names; run anpr doctor with sudo if only the agent may read it.',
  },
  'no-file': {
    verdict: 'fail',
    cause: 'the recorded video is not there',
    advice: 'Correct the path in url.',
  },
  'no-name': {
    verdict: 'fail',
    cause: "the camera's name does not resolve to an address",
    advice: "Correct the name in url, use the camera's IP address, or mend name resolution on this box.",
  },
  unreachable: {
    verdict: 'fail',
    cause: "nothing answers at the camera's address",
    advice: 'Look at its power and cable, at its IP address, and at the network between: ping {address}.',
  },
  'nothing-listens': {
    verdict: 'fail',
    cause: 'the address answers, but nothing listens on the RTSP port',
    advice: "Switch RTSP on in the camera's settings, or correct the port in url.",
  },
  silent: {
    verdict: 'fail',
    cause: 'the connection opens, but no answer comes',
    advice:
      'Restart the camera; if it stays so, look for a firewall or proxy that takes the connection in its place.',
  },
  closed: {
    verdict: 'fail',
    cause: 'the camera closes the connection without an answer',
    advice: 'It may lock out addresses after wrong passwords: wait some minutes, or restart the camera.',
  },
  'not-rtsp': {
    verdict: 'fail',
    cause: 'something else than RTSP answers on this port',
    advice: 'Correct the port in url; RTSP is usually on 554.',
  },
  tls: {
    verdict: 'fail',
    cause: 'RTSP over TLS does not come about',
    advice: 'Use rtsp:// if the camera has no TLS, or correct the port in url.',
  },
  'login-wanted': {
    verdict: 'fail',
    cause: 'the camera wants a login, none is configured',
    advice: 'Set username and passwordFile of this camera.',
  },
  'login-refused': {
    verdict: 'fail',
    cause: 'the camera refuses user name or password',
    advice:
      "Put the right one away: sudo anpr camera password {camera}; the camera's own page shows whether username and password are right.",
  },
  forbidden: {
    verdict: 'fail',
    cause: 'the login is right, but may not see this stream',
    advice: "Give the user the right to see live video in the camera's settings.",
  },
  'not-found': {
    verdict: 'fail',
    cause: 'the camera has no stream at this path',
    advice: "Correct the path in url; the camera's manual or its ONVIF profile names it.",
  },
  busy: {
    verdict: 'fail',
    cause: 'the camera has no session left',
    advice: 'End other viewers of this camera; a restart of the camera frees sessions that hang.',
  },
  moved: {
    verdict: 'fail',
    cause: 'the camera sends viewers to another address',
    advice: 'Use that address in url.',
  },
  refused: {
    verdict: 'fail',
    cause: 'the camera answers with another error',
    advice: "Look the answer up in the camera's manual; a restart of the camera helps often.",
  },
  'no-video': {
    verdict: 'fail',
    cause: 'the stream has no video',
    advice: 'Choose another stream of the camera in url.',
  },
  'no-frames': {
    verdict: 'fail',
    cause: 'the camera describes its stream, but no frames come',
    advice:
      'Try transport: udp (or tcp), and another stream of the camera; restart the camera if it stays so.',
  },
  'heavy-loss': {
    verdict: 'fail',
    cause: '2 % of the packets or more never came',
    advice:
      'Set transport: tcp; then look at cable, switch and radio link to the camera, and at its bit rate.',
  },
  covered: {
    verdict: 'warn',
    cause: 'the picture is one even colour',
    advice:
      'Look at the camera: a cover, fog or ice on the lens, or a wall in front of it (anpr snapshot {camera}).',
  },
  'fewer-frames': {
    verdict: 'warn',
    cause: 'fewer than 80 % of the announced frames come',
    advice:
      'Look at the exposure time (night settings halve the rate), the bit rate and the load of the camera.',
  },
  slow: {
    verdict: 'warn',
    cause: 'fewer than 8 frames a second come',
    advice: "Raise the frame rate in the camera's settings to 15 or more, and its shutter speed with it.",
  },
  'time-stamps': {
    verdict: 'warn',
    cause: 'the time stamps of more than a tenth of the frames do not grow',
    advice:
      "Switch 'smart' codecs and variable frame rate off in the camera's settings, or renew its firmware.",
  },
  loss: {
    verdict: 'warn',
    cause: '0.1 % of the packets or more never came',
    advice:
      'Set transport: tcp, or look at the cable and the switch: a lost packet spoils a second of pictures.',
  },
  dark: {
    verdict: 'warn',
    cause: 'the picture is nearly black',
    advice:
      'Look at it with anpr snapshot {camera}: is the infra-red lamp on, is the shutter too short for the light?',
  },
  bright: {
    verdict: 'warn',
    cause: 'the picture is nearly white',
    advice: 'Look at it with anpr snapshot {camera}: shorten the shutter, and limit the gain.',
  },
  jitter: {
    verdict: 'warn',
    cause: 'frames come more than 100 ms early or late',
    advice: 'Look for what else fills the link to the camera, or lower its bit rate.',
  },
  'b-frames': {
    verdict: 'warn',
    cause: 'the stream has B-frames, which come late and cost more',
    advice: "Choose profile Main or Baseline without B-frames in the camera's settings.",
  },
  'rare-key-frames': {
    verdict: 'warn',
    cause: 'more than 5 s pass from one key frame to the next',
    advice:
      "Set the key frame distance (I-frame interval, GOP) in the camera's settings to one or two seconds.",
  },
  'not-watched': {
    verdict: 'warn',
    cause: 'there is no ffmpeg, so no frames could be decoded',
    advice: "Install the distribution's ffmpeg: apt install ffmpeg.",
  },
  'not-decoded': {
    verdict: 'warn',
    cause: 'frames come, and this box was too busy to decode one in time',
    advice: 'Look again in a minute: anpr doctor --only camera/{camera} cpu.',
  },
} as const;
