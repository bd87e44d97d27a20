// Every fault in every phase on every transport, against the real kernel: see docs/fault-matrix.md. Prints a line per
// cell and "N passed, N failed"; writes the same as JSON.

import Glibc
import ProcessResources
import UnitTransport

Resources.settleAllocator()
let options = Options(CommandLine.arguments.dropFirst())
let matrix = Matrix(options)
await matrix.run()
exit(matrix.failed == 0 && matrix.passed > 0 ? 0 : 1)
