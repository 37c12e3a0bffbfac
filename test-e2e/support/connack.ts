/** What CONNECT is answered with, to the byte (device-mqtt.md section 2.9), in hexadecimal. */

/** Let in, without the state of an earlier connection. */
export const accepted = '20020000';
/** Let in, with that. */
export const resumed = '20020100';
/** Not authorized. */
export const refused = '20020005';
