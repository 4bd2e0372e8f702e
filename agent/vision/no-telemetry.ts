// ONNX Runtime's Linux builds report to their maker since 1.30: a device id and a queue in the user's cache, uploads over
// HTTPS. A box of the police tells nobody anything. It looks at this variable when it is loaded, so this comes first.

process.env.ORT_DISABLE_TELEMETRY = '1';
