// The reference Bluesky server with its own directory of identities, on loopback, with nothing kept.
//
//   node pds.mjs DATA_FOLDER [PUBLIC_URL]
//
// Prints one line of JSON with both addresses when ready, and ends when its standard input closes, so that a test
// that was killed leaves no server behind. PUBLIC_URL is what accounts will name as their server (a test's proxy).

import dns from 'node:dns'
import http from 'node:http'
import net from 'node:net'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'

// Both servers are CommonJS; requiring them keeps one copy of each shared package.
const require = createRequire(import.meta.url)

const [dataFolder, publicUrl] = process.argv.slice(2)
if (!dataFolder) {
  console.error('usage: node pds.mjs DATA_FOLDER [PUBLIC_URL]')
  process.exit(2)
}

process.stdin.resume()
process.stdin.on('close', () => process.exit(0))
process.stdin.on('end', () => process.exit(0))

stayOnLoopback()
const plcServer = http.createServer()
const pdsServer = http.createServer()
const plcUrl = await listen(plcServer)
const pdsUrl = await listen(pdsServer)

const { PlcServer, Database } = require('@did-plc/server')
const { PDS, envToCfg, envToSecrets } = require('@atproto/pds')

// The servers' own `start` would listen on every interface, so their apps are put behind our own listeners.
plcServer.on('request', PlcServer.create({ db: Database.mock() }).app)

const hex = () => randomBytes(32).toString('hex')
const env = {
  hostname: 'localhost',
  port: Number(new URL(publicUrl ?? pdsUrl).port),
  dataDirectory: dataFolder,
  blobstoreDiskLocation: `${dataFolder}/blobs`,
  blobstoreDiskTmpLocation: `${dataFolder}/blobs-tmp`,
  didPlcUrl: plcUrl,
  inviteRequired: false,
  // As on the public servers: whoever signs in learns where the account lives.
  enableDidDocWithSession: true,
  rateLimitsEnabled: false,
  // Addresses on loopback are refused otherwise.
  devMode: true,
  disableSsrfProtection: true,
  jwtSecret: hex(),
  dpopSecret: hex(),
  adminPassword: hex(),
  plcRotationKeyK256PrivateKeyHex: hex(),
  crawlers: [],
}
const config = envToCfg(env)
// By name it would be http://localhost, which may mean another address family.
config.service.publicUrl = publicUrl ?? pdsUrl
config.oauth.issuer = config.service.publicUrl
const pds = await PDS.create(config, envToSecrets(env))
await pds.ctx.sequencer.start()
pdsServer.on('request', pds.app)

console.log(JSON.stringify({ pds: pdsUrl, plc: plcUrl }))

async function listen(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}

// A test must not depend on, or be seen by, the world outside: names other than localhost do not resolve, and
// connections to any other address fail.
function stayOnLoopback() {
  const unreachable = (name) => Object.assign(new Error(`outside loopback: ${name}`), { code: 'ENOTFOUND' })
  const lookup = dns.lookup
  dns.lookup = (name, options, done) =>
    name === 'localhost' || net.isIP(name)
      ? lookup(name, options, done)
      : (done ?? options)(unreachable(name))
  dns.promises.lookup = async (name) => {
    throw unreachable(name)
  }
  for (const resolver of [dns.promises, dns.promises.Resolver.prototype]) {
    for (const question of ['resolve', 'resolve4', 'resolve6', 'resolveTxt', 'resolveSrv', 'resolveCname']) {
      resolver[question] = async (name) => {
        throw unreachable(name)
      }
    }
  }
  const connect = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (...args) {
    const options = Array.isArray(args[0]) ? args[0][0] : args[0]
    const host = options?.host ?? 'localhost'
    if (options?.path || ['localhost', '127.0.0.1', '::1'].includes(host)) return connect.apply(this, args)
    process.nextTick(() => this.destroy(unreachable(host)))
    return this
  }
}
