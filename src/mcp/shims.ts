import process from 'node:process'

/**
 * Stands for `@modelcontextprotocol/server/_shims` in what is built: there Ajv would come in, which every start pays for, to
 * check forms that a server asks people to fill in. Ours asks nobody.
 */
export class DefaultJsonSchemaValidator {
  getValidator(): never {
    throw new Error('this server has no forms')
  }
}

export { process }
