/// What goes wrong in a cell. The names are those of the JSON file.
enum MatrixFault: String, CaseIterable {
    case unplug
    case replug
    case stall
    case hang
    case dead
    case wedge
    case overflow
    case protocolError = "protocol-error"
    case shortTransfer = "short-transfer"
    case babble
    case sequenceGap = "sequence-gap"
    case crcFlip = "crc-flip"
    case staleSession = "stale-session"
    case lineNoise = "line-noise"
    case lateReply = "late-reply"
    case duplicateReply = "duplicate-reply"
    case brownOut = "brown-out"
    case twoUnits = "two-units-one-failing"
    case slowConsumer = "slow-consumer"
    case permissionRevoked = "permission-revoked"

    /// Whether the unit leaves its ports.
    var isRemoval: Bool { self == .unplug || self == .replug || self == .brownOut || self == .twoUnits }
}

/// When it goes wrong.
enum Phase: String, CaseIterable {
    /// Connected and ready, no session.
    case idle
    /// While StartStream is under way.
    case starting
    /// In a session of purpose test.
    case streaming
    /// In a session of purpose calibration whose samples the consumer writes to a file.
    case capturing
    /// While StopStream is under way.
    case stopping
}

/// How the unit is reached.
enum MatrixTransport: String, CaseIterable {
    /// The vendor interface through the kernel's USB (vhci), usbfs and libusb.
    case usb
    /// The CDC-ACM port of the same device, through the kernel's cdc-acm driver.
    case cdcACM = "cdc-acm"
    /// A pseudo-terminal.
    case pty
}

/// One cell of the matrix.
struct Cell: CustomStringConvertible {
    let fault: MatrixFault
    let phase: Phase
    let transport: MatrixTransport

    var description: String { "\(fault.rawValue) × \(phase.rawValue) × \(transport.rawValue)" }

    /// The short matrix has each fault on each transport in one phase, another one for each: all phases occur.
    var isInShortMatrix: Bool {
        let phases = Phase.allCases.filter { phase in
            Self.exists(Cell(fault: fault, phase: phase, transport: transport))
        }
        let turn =
            (MatrixFault.allCases.firstIndex(of: fault) ?? 0)
            + 2 * (MatrixTransport.allCases.firstIndex(of: transport) ?? 0)
        return phases[turn % phases.count] == phase
    }

    private static func exists(_ cell: Cell) -> Bool { !absences.contains { $0.covers(cell) } }

    /// All cells that exist.
    static var all: [Cell] {
        MatrixTransport.allCases.flatMap { transport in
            MatrixFault.allCases.flatMap { fault in
                Phase.allCases.map { Cell(fault: fault, phase: $0, transport: transport) }
            }
        }.filter(exists)
    }
}

/// A part of the matrix that does not exist, and why.
struct Absence {
    let fault: MatrixFault
    var transports: [MatrixTransport] = MatrixTransport.allCases
    var phases: [Phase] = Phase.allCases
    let reason: String

    func covers(_ cell: Cell) -> Bool {
        cell.fault == fault && transports.contains(cell.transport) && phases.contains(cell.phase)
    }
}

/// Cells that cannot exist. Printed at the head of the table, so that a missing cell is never taken for a passed one.
let absences = [
    Absence(fault: .stall, transports: [.pty], reason: "a terminal has no endpoint that could halt"),
    Absence(
        fault: .wedge, transports: [.pty],
        reason: "a terminal has no endpoints and no reset; a unit that is silent on it is 'hang'"),
    Absence(fault: .protocolError, transports: [.pty], reason: "a terminal has no transfers that could fail"),
    Absence(fault: .babble, transports: [.pty], reason: "a terminal has no transfers whose length the host sets"),
    Absence(fault: .lineNoise, transports: [.usb], reason: "the vendor interface has no delimiters to be damaged"),
    Absence(
        fault: .dead, phases: [.idle, .starting, .capturing, .stopping],
        reason: "the way into quarantine is the same from every phase; 'hang' has the phases"),
    Absence(fault: .slowConsumer, phases: [.idle], reason: "without a session nothing is consumed"),
]
