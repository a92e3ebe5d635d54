// Uploads files with tus-js-client as a phone's page would. Reads a plan from standard input:
//   {"endpoint": "...", "token": "...", "concurrency": 4,
//    "uploads": [{"path": "...", "photo_id": "...", "sha256": "...", "chunk_size": 65536, "with_creation": true}]}
// and writes one JSON line a file: {"photo_id": "...", "url": "...", "attempts": 3, "error": null}.

import { createReadStream } from 'node:fs'
import { text } from 'node:stream/consumers'
import { Upload } from 'tus-js-client'

const RETRIES = 200
const RETRY_DELAY_MS = 20

function send(plan, { path, photo_id, sha256, chunk_size, with_creation }) {
  return new Promise((resolve) => {
    let attempts = 1
    const finish = (error) => resolve({ photo_id, url: upload.url, attempts, error })
    const upload = new Upload(createReadStream(path), {
      endpoint: plan.endpoint,
      headers: { Authorization: `Bearer ${plan.token}` },
      metadata: { photo_id, sha256, filename: `${photo_id}.jpg`, filetype: 'image/jpeg' },
      chunkSize: chunk_size,
      uploadDataDuringCreation: with_creation,
      retryDelays: Array(RETRIES).fill(RETRY_DELAY_MS),
      onShouldRetry: (error) => {
        attempts += 1
        const status = error.originalResponse?.getStatus() ?? 0
        return status < 400 || status === 409 || status === 423 || status >= 500
      },
      onSuccess: () => finish(null),
      onError: (error) => finish(String(error)),
    })
    upload.start()
  })
}

const plan = JSON.parse(await text(process.stdin))
const waiting = plan.uploads[Symbol.iterator]()

async function worker() {
  for (const item of waiting) {
    console.log(JSON.stringify(await send(plan, item)))
  }
}

await Promise.all(Array.from({ length: plan.concurrency }, worker))
