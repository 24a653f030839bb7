/** @module config/sections/server: the HTTP listener. */
import { DEFAULT_CONFIG } from '../defaults.ts';
import { hostName, integer, key, list, listenAddress, network, origin, orNull, section } from '../fields.ts';

const { server: defaults } = DEFAULT_CONFIG;

/** Keys of `server`. */
export const serverSection = section(
  {
    host: key(listenAddress(), defaults.host, 'Address to listen on. Plain HTTP beyond loopback needs trustedProxy.'),
    port: key(integer(0, 65_535), defaults.port, 'Port to listen on; 0 = any free one.'),
    allowedHosts: key(list(hostName()), [...defaults.allowedHosts], 'Host header values that are served beside the address itself and the loopback names.'),
    allowedOrigins: key(list(origin()), [...defaults.allowedOrigins], "Origins that browsers may call from, beside the gateway's own. Empty = CORS is off."),
    trustedProxy: key(
      orNull(list(network())),
      null,
      'Addresses and networks of the reverse proxy whose forwarding headers are believed; null = there is none.',
    ),
  },
  'The HTTP listener.',
);
