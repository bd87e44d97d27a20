public import Foundation
internal import LocalUnits
public import UnitControl
internal import UnitProtocol
public import UnitTransport

/// What a program that holds units tells others on this machine, so that "busy" can say by whom and for what. A file while
/// the session runs.
public struct RunningSession: Codable, Sendable {
    /// One unit of the session.
    public struct Member: Codable, Sendable, Hashable {
        /// `Alice` or `Bob`.
        public var role: String
        /// Serial number.
        public var serial: String
        /// How to name it.
        public var selector: String
        /// Its line or node, without links.
        public var path: String
        /// Whether no optics are behind it.
        public var emulated: Bool

        /// A unit as it introduced itself.
        public init(_ identity: UnitIdentity) {
            role = identity.role.description
            serial = identity.serial
            selector = identity.endpoint.selector.description
            path = DevicePath.canonical(identity.endpoint.path)
            emulated = identity.isEmulated
        }
    }

    /// What the session shows while it runs.
    public struct Figures: Codable, Sendable {
        /// Shot noise, with drift and what could hide.
        public var liveShotNoise: LiveShotNoiseDocument
        /// The severest action that a monitor asked for.
        public var monitorAction: String
        /// Rules beyond a limit in the latest window.
        public var raised: [String]

        /// Figures of a moment.
        public init(liveShotNoise: LiveShotNoiseDocument, monitorAction: String, raised: [String]) {
            self.liveShotNoise = liveShotNoise
            self.monitorAction = monitorAction
            self.raised = raised
        }
    }

    /// Where the session stands. `recovering`: it has ended, and another follows when its units are usable again. `measuring`: a
    /// calibration, which lights and darkens its units as its phases need.
    public enum Stage: String, Codable, Sendable { case preparing, warmingUp, streaming, ending, recovering, measuring }

    /// Who holds it.
    public var process: ProcessIdentity
    /// What the program does, in its own words: a command.
    public var command: String
    /// Units.
    public var units: [Member]
    /// Session number, sixteen hexadecimal digits.
    public var session: String
    /// Purpose.
    public var purpose: String
    /// Where it stands.
    public var state: Stage
    /// When it began.
    public var began: Date
    /// When this was written last.
    public var updated: Date
    /// What it shows, once there is something.
    public var figures: Figures?

    /// A session number as people and files have it: 64 random bits as sixteen hexadecimal digits, in JSON too, where
    /// numbers have only 53 bits.
    public static func name(of session: UInt64) -> String {
        let digits = String(session, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The unit that a selector names, if it is one of the session's.
    public func member(_ selector: UnitSelector) -> Member? {
        switch selector {
        case .usb(let serial), .anywhere(let serial): units.first { $0.serial == serial }
        case .serial(let path, _): units.first { $0.path == DevicePath.canonical(path) }
        }
    }
}
