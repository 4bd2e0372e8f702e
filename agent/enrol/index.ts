export { type Accepted, type AcceptOptions, acceptCertificate, commonNames } from './accept.ts';
export { type Enrolment, enrolmentOf, makeRequest, type Pending, usableKey } from './identity.ts';
export { nameOf } from './request.ts';
