/** @module config/sections/server: the HTTP listener. */
import { DEFAULT_CONFIG } from '../defaults.ts';
import * as v from 'valibot';
import { choice, hostName, integer, key, list, listenAddress, network, origin, orNull, path, section } from '../fields.ts';
import { webAddress } from './identity.ts';

const { server: defaults } = DEFAULT_CONFIG;

const tls = section(
  {
    certFile: key(orNull(path()), null, 'PEM file of the certificate, then of those that lead to the root; null = plain HTTP.'),
    keyFile: key(orNull(path()), null, 'PEM file of its private key.'),
    caFile: key(orNull(path()), null, 'PEM file of the authorities that client certificates must come from.'),
    clientCertificates: key(
      choice(['off', 'optional', 'required'] as const),
      'off',
      'Whether clients are asked for a certificate; one that is sent must be valid. Who they are is said by identity.certificates.',
    ),
  },
  'TLS 1.3. The files are read again when they change; connections stay open.',
);

const tcp = section(
  {
    isEnabled: key(v.boolean('true or false'), false, 'Whether the door is open.'),
    host: key(listenAddress(), defaults.tcp.host, 'Address to listen on. Beyond loopback it needs tls with clientCertificates: required.'),
    port: key(integer(0, 65_535), defaults.tcp.port, 'Port to listen on; 0 = any free one.'),
  },
  'MCP over framed TCP: four bytes of length, then UTF-8 JSON. With the certificates of tls where they are set.',
);

/** Keys of `server`. */
export const serverSection = section(
  {
    host: key(listenAddress(), defaults.host, 'Address to listen on. Beyond loopback it needs tls or trustedProxy.'),
    port: key(integer(0, 65_535), defaults.port, 'Port to listen on; 0 = any free one.'),
    allowedHosts: key(list(hostName()), [...defaults.allowedHosts], 'Host header values that are served beside the address itself and the loopback names.'),
    allowedOrigins: key(list(origin()), [...defaults.allowedOrigins], "Origins that browsers may call from, beside the gateway's own. Empty = CORS is off."),
    trustedProxy: key(
      orNull(list(network())),
      null,
      'Addresses and networks of the reverse proxy whose forwarding headers are believed; null = there is none.',
    ),
    publicUrl: key(
      orNull(webAddress()),
      null,
      'Base URL under which clients reach the gateway, as https://gateway.example.org; access tokens are issued for it. Null = from host, port and TLS.',
    ),
    tls: v.optional(tls, {}),
    tcp: v.optional(tcp, {}),
  },
  'The HTTP listener.',
);
