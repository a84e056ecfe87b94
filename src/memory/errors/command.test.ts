import { expect, test } from 'vitest'
import { commandKinds } from './command.ts'

test.each([
  ['npm test', ['npm test']],
  ['npm t -- --run', ['npm test']],
  ['npm run test', ['npm test']],
  ['cd app && CI=1 npm test 2>&1 | tail -20', ['npm test']],
  ['npm i zod', ['npm install']],
  ['npm ci', ['npm ci']],
  ['timeout 60 npx tsc --noEmit', ['tsc']],
  ['sudo -E docker compose up -d', ['docker compose up']],
  ['python3 -m pytest -x', ['pytest']],
  ['uv run pytest tests', ['pytest']],
  ['python /srv/run.py --fast', ['python run.py']],
  ['git -C x push origin main', ['git push']],
  ['./gradlew build', ['gradlew build']],
  ['make lint; make test', ['make lint', 'make test']],
  ['cd x', ['cd']],
  ['', []],
])('%s', (line, kinds) => expect(commandKinds(line)).toEqual(kinds))
