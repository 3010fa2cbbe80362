// Makes calls with the vendor's official client as a back end would, with
// nothing changed but the endpoint. Standard input is
//   {"endpoint", "secretId", "secretKey", "calls": [{"action", "params", "signMethod", "reqMethod"}]}
// and standard output [{"result"} or {"code", "message", "requestId"}].
import { text } from 'node:stream/consumers'
import sdk from 'tencentcloud-sdk-nodejs'

const job = JSON.parse(await text(process.stdin))
const answers = []
for (const call of job.calls) {
  const client = new sdk.ccc.v20200210.Client({
    credential: { secretId: job.secretId, secretKey: job.secretKey },
    region: 'ap-guangzhou',
    profile: {
      signMethod: call.signMethod,
      httpProfile: { endpoint: job.endpoint, protocol: 'http://', reqMethod: call.reqMethod, reqTimeout: 20 },
    },
  })
  try {
    answers.push({ result: await client[call.action](call.params) })
  } catch (e) {
    answers.push({ code: e.code, message: e.message, requestId: e.requestId })
  }
}
process.stdout.write(JSON.stringify(answers))
