// The smoke suite that runs inside the virtual machine, against the real kernel: USB enumeration, udev, libusb, bulk
// streams, unplugging, and a serial session over cdc-acm. Prints a line per check and "N passed, N failed".
// Arguments choose the checks whose name has one of them; behind --without they leave out those whose name has one.

import Glibc
import LocalUnits
import LinkControl
import SerialTransport
import TransportConformance
import USBTransport
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport

let words = CommandLine.arguments.dropFirst().split(
    separator: "--without", maxSplits: 1, omittingEmptySubsequences: false)
let suite = SmokeSuite(only: Array(words[0]), without: words.count > 1 ? Array(words[1]) : [])
await suite.run()
print("\(suite.passed) passed, \(suite.failed) failed")
exit(suite.failed == 0 && suite.passed > 0 ? 0 : 1)
