export { type Alarms, type AlarmsOptions, type AlarmsStatus, startAlarms, type Target } from './alarms.ts';
export { mqttTarget } from './mqtt-target.ts';
export { webhookTarget } from './webhook-target.ts';
