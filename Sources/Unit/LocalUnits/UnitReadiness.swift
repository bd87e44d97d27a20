public import UnitControl
internal import UnitTransport

/// What can be done with a unit now.
public enum UnitReadiness: String, Codable, Sendable, CaseIterable {
    /// It answers, speaks this program's protocol, and nobody controls it.
    case ready
    /// Another program holds its connection or controls it.
    case busy
    /// This user may not open it.
    case noPermission
    /// It is no unit, or its protocol differs.
    case incompatible
    /// Only its bootloader runs.
    case bootloader
    /// It was named and is not connected.
    case absent
    /// Nobody answers on its line.
    case noAnswer
    /// It was removed while it was asked.
    case gone
    /// Anything else; the error says what.
    case failed

    /// What an error makes of a unit.
    public init(_ error: UnitError) {
        switch error {
        case .transport(.busy), .controlledElsewhere: self = .busy
        case .transport(.noPermission): self = .noPermission
        case .transport(.notAUnit), .badReply, .incompatible, .unknownRole, .illegalSerial: self = .incompatible
        case .inBootloader: self = .bootloader
        case .transport(.sendTimedOut), .transport(.sendBlocked), .timedOut, .noHello, .lineShared, .tooSlow,
            .notReached, .streamStalled:
            self = .noAnswer
        case .transport(.gone), .transport(.notFound), .wrongSerialNumber: self = .gone
        default: self = .failed
        }
    }
}
