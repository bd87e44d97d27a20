internal import UnitProtocol

/// A section of the protocol document, firmware-schemas/README.md.
public enum Section: Int, Sendable {
    // The numbers are the document's.
    case frames = 1
    case usb, serial, requests, connection, time, states, session, telemetry, fingerprints, measurements

    /// Number and heading, as one finds it in the document.
    public var description: String {
        let heading =
            switch self {
            case .frames: "Frames"
            case .usb: "USB"
            case .serial: "Serial lines"
            case .requests: "Requests, replies, errors"
            case .connection: "Connection, control and heartbeat"
            case .time: "Time"
            case .states: "States"
            case .session: "The link session and its stream"
            case .telemetry: "Telemetry"
            case .fingerprints: "Fingerprints"
            case .measurements: "Single measurements"
            }
        return "section \(rawValue), \(heading)"
    }
}

/// What has to be there for a check.
public struct Needs: OptionSet, Sendable {
    /// The bits.
    public let rawValue: Int
    /// Any bits are a value.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// A unit of role Alice.
    public static let alice = Needs(rawValue: 1)
    /// A unit of role Bob.
    public static let bob = Needs(rawValue: 2)
    /// Both units, and the channel between them.
    public static let pair = Needs(rawValue: 4)
    /// Leave to restart the unit and to erase its secrets.
    public static let destructive = Needs(rawValue: 8)
    /// A second port of the same unit.
    public static let secondPort = Needs(rawValue: 16)
    /// A port whose closing the unit can see: pseudo-terminal, CDC-ACM.
    public static let hangUp = Needs(rawValue: 32)

    /// In words, for the list of checks.
    public var words: [String] {
        let names: [(Needs, String)] = [
            (.alice, "Alice"), (.bob, "Bob"), (.pair, "a pair"), (.destructive, "--destructive"),
            (.secondPort, "--second-port"), (.hangUp, "a port that can hang up"),
        ]
        return names.filter { contains($0.0) }.map(\.1)
    }
}

/// One rule of the protocol document as something that can be tried on a unit.
public struct ConformanceCheck: Sendable, CustomStringConvertible {
    /// What a check does, to one unit or to a pair.
    enum Body: Sendable {
        case unit(@Sendable (TestedUnit, Trial) async throws -> Void)
        case pair(@Sendable (TestedPair, Trial) async throws -> Void)
    }

    /// Name in kebab-case, for `--only`, JUnit and people.
    public let id: String
    /// What is tried, as a sentence.
    public let title: String
    /// What the document says about it, in short.
    public let rule: String
    /// Where the document says so.
    public let section: Section
    /// What has to be there.
    public let needs: Needs
    let capabilities: CapabilitySet
    let body: Body

    /// A check of one unit. `capabilities` are those without which it has nothing to look at.
    init(
        _ id: String, _ title: String, _ section: Section, says rule: String, needs: Needs = [],
        capabilities: CapabilitySet = [], _ body: @escaping @Sendable (TestedUnit, Trial) async throws -> Void
    ) {
        self.id = id
        self.title = title
        self.rule = rule
        self.section = section
        self.needs = needs
        self.capabilities = capabilities
        self.body = .unit(body)
    }

    /// A check of a pair.
    init(
        pair id: String, _ title: String, _ section: Section = .session, says rule: String,
        _ body: @escaping @Sendable (TestedPair, Trial) async throws -> Void
    ) {
        self.id = id
        self.title = title
        self.rule = rule
        self.section = section
        needs = .pair
        capabilities = []
        self.body = .pair(body)
    }

    /// The name.
    public var description: String { id }
}

/// What a check has found out so far.
final class Trial {
    private(set) var measurements: [ConformanceMeasurement] = []
    private(set) var findings: [String] = []

    /// Notes a measured value, and a finding if it lies outside its limits.
    func measure(_ name: String, _ value: Double, _ unit: String, _ limits: ConformanceLimits? = nil) {
        let measurement = ConformanceMeasurement(name, value, unit: unit, limits: limits)
        measurements.append(measurement)
        if let limits, !measurement.passes {
            findings.append("\(name) is \(value) \(unit), allowed is \(TestRecordText.validator(limits))")
        }
    }

    /// Notes a finding unless the condition holds, and goes on.
    func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) {
        // A rule that is broken a thousand times is told ten times.
        if !condition && findings.count < 10 { findings.append(otherwise()) }
    }

    /// Takes back what was found since `count` findings: the circumstances were not those of the check.
    func takeBack(to count: Int) { findings.removeLast(max(0, findings.count - count)) }

    /// Notes a finding and ends the check unless the condition holds.
    func require(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws(Violation) {
        guard condition else { throw Violation(otherwise()) }
    }
}
