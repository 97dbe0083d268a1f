import { endpoint } from "../addresses";

/** What stands in front of the API servers, and where. */
export interface LoadBalancing {
    /** Its own addresses, one a family. */
    addresses: string[];
    port: number;
    /** The control planes. A name is what haproxy's log calls it. */
    servers: { name: string; ip: string }[];
    /** A file with the CA that signed the API servers' certificates. */
    caFile: string;
}

/** A name that every API server's certificate has. */
const SERVER_NAME = "kubernetes";

/**
 * haproxy's configuration. Connections pass through as they are: TLS is between the client and the API server. A server that is
 * not ready, as its own /readyz says over verified TLS, gets no new connections, and loses those it has: its clients would
 * wait for a machine without power.
 */
export function haproxyConfig({ addresses, port, servers, caFile }: LoadBalancing): string {
    const check = [
        `check check-ssl verify required ca-file ${caFile} verifyhost ${SERVER_NAME}`,
        "inter 5s fastinter 1s downinter 1s fall 5 rise 1 on-marked-down shutdown-sessions",
    ];
    return lines([
        "global",
        // Which server is up or down, not every connection.
        "    log stdout format raw local0 notice",
        "defaults",
        "    mode tcp",
        "    log global",
        "    timeout connect 5s",
        // On to the next server at once, as long as the dead one is not known to be dead.
        "    option redispatch 1",
        "    timeout check 10s",
        // A watch may have nothing to say for long.
        "    timeout client 1h",
        "    timeout server 1h",
        "frontend api",
        ...addresses.map((address) => `    bind ${endpoint(address, port)}`),
        "    default_backend control-planes",
        "backend control-planes",
        "    balance roundrobin",
        "    option httpchk",
        `    http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host ${SERVER_NAME}`,
        "    http-check expect status 200",
        `    default-server ${check.join(" ")}`,
        ...servers.map(({ name, ip }) => `    server ${name} ${endpoint(ip, port)}`),
        // A machine with too much to do may answer no check in time: then any server is better than none.
        "    option allbackups",
        ...servers.map(
            ({ name, ip }) => `    server ${name}-unchecked ${endpoint(ip, port)} no-check backup`,
        ),
    ]);
}

function lines(all: string[]): string {
    return all.map((line) => `${line}\n`).join("");
}
