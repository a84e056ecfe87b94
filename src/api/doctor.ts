import { type DoctorReport, examine } from '../mend/doctor/doctor.ts'
import type { Catalog } from '../stores/catalog/catalog.ts'

/**
 * What the stores consist of, and what is the matter with them and with what lies beside. Nothing is changed.
 * @param isMachine whether the catalog is of the machine's own stores, and not of roots that were named
 * @param onStep is told what is looked at
 */
export function diagnose(catalog: Catalog, isMachine: boolean, onStep?: (what: string) => void): DoctorReport {
  return examine(catalog, { isMachine, ...(onStep && { onStep }) })
}
