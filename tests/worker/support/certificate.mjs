// A certificate for localhost, signed by itself and made without any tool: the few lines of DER that it takes.
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

const DAY_MS = 86_400_000;

function der(tag, ...parts) {
  const content = Buffer.concat(parts);
  const length = content.length < 128 ? [content.length] : content.length < 256 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
const sequence = (...parts) => der(0x30, ...parts);
const hex = (text) => Buffer.from(text, "hex");
const time = (ms) => der(0x17, Buffer.from(new Date(ms).toISOString().replace(/^..|[-:T]|\..*$/g, "") + "Z"));
const extension = (oid, value, ...critical) => sequence(der(0x06, hex(oid)), ...critical, der(0x04, value));

const ECDSA_WITH_SHA256 = sequence(der(0x06, hex("2a8648ce3d040302")));
const NAME = sequence(der(0x31, sequence(der(0x06, hex("550403")), der(0x0c, Buffer.from("localhost")))));
const TRUE = der(0x01, Buffer.from([0xff]));
const EXTENSIONS = sequence(
  extension("551d13", sequence(TRUE), TRUE), // basicConstraints: an authority, of itself
  extension("551d11", sequence(der(0x82, Buffer.from("localhost")), der(0x87, Buffer.from([127, 0, 0, 1])))), // subjectAltName
);

/** A fresh certificate: { key, cert } in PEM. */
export function selfSigned() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const serial = randomBytes(8);
  serial[0] = (serial[0] & 0x7f) | 1;
  const validity = sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const subjectKey = publicKey.export({ type: "spki", format: "der" });
  const body = sequence(version, der(0x02, serial), ECDSA_WITH_SHA256, NAME, validity, NAME, subjectKey, der(0xa3, EXTENSIONS));
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  const text = sequence(body, ECDSA_WITH_SHA256, signature).toString("base64").match(/.{1,64}/g).join("\n");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
    cert: `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`,
  };
}
