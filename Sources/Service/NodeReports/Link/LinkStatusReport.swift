public import Foundation
public import LinkOperation

/// Sessions of a machine, and units that were asked.
public struct LinkStatusReport: Codable, Sendable, Hashable {
    /// What a program that holds units has noted.
    public struct Session: Codable, Sendable, Hashable {
        /// Sixteen hexadecimal digits.
        public var session: String
        /// `key`, `calibration` or `test`.
        public var purpose: String
        /// `preparing`, `warmingUp`, `streaming`, `ending`; `suspended` if its program is stopped (Ctrl-Z), whatever it did
        /// before; `dead` if its program is gone.
        public var state: String
        /// What the program does.
        public var command: String
        /// Process number.
        public var pid: Int32
        /// Name as the kernel shows it.
        public var program: String
        /// Whether the program still runs.
        public var alive: Bool
        /// Units of the session.
        public var units: [RunningSession.Member]
        /// When it began.
        public var began: Date
        /// When the program wrote last.
        public var updated: Date
        /// Absent before the first window.
        public var liveShotNoise: LiveShotNoiseDocument?
        /// The severest action that a monitor asked for.
        public var monitorAction: String?
        /// Rules beyond a limit in the latest window.
        public var raised: [String]?

        /// The state of a session whose program does not run: it sends no heartbeats, and its units are dark.
        public static let suspended = "suspended"

        /// The document of what was noted.
        public init(_ record: RunningSession, isAlive: Bool, isSuspended: Bool = false) {
            session = record.session
            purpose = record.purpose
            alive = isAlive
            state = !isAlive ? "dead" : isSuspended ? Self.suspended : record.state.rawValue
            command = record.command
            pid = record.process.pid
            program = record.process.program
            units = record.units
            began = record.began
            updated = record.updated
            liveShotNoise = record.figures?.liveShotNoise
            monitorAction = record.figures?.monitorAction
            raised = record.figures?.raised
        }
    }

    /// A unit that was named.
    public struct Asked: Codable, Sendable, Hashable {
        /// How it was named.
        public var selector: String
        /// What it says.
        public var status: UnitStatus?
        /// Why it says nothing.
        public var problem: String?

        /// A unit that has answered.
        public init(selector: String, status: UnitStatus) {
            self.selector = selector
            self.status = status
        }

        /// A unit that has not.
        public init(selector: String, problem: String) {
            self.selector = selector
            self.problem = problem
        }
    }

    /// Oldest first.
    public var sessions: [Session]
    /// In the order in which they were named.
    public var units: [Asked]

    /// The document of what was found.
    public init(_ entries: [RunningSessions.Entry], units: [Asked] = []) {
        sessions = entries.map { Session($0.record, isAlive: $0.isAlive, isSuspended: $0.isSuspended) }
        self.units = units
    }
}

/// Sessions that were ended, and units that were put out.
public struct LinkStopDocument: Codable, Sendable, Hashable {
    /// One of them.
    public struct Stopped: Codable, Sendable, Hashable {
        /// Absent if no program on this machine held the unit.
        public var session: String?
        /// The program that held it.
        public var pid: Int32?
        /// Serial numbers of units that said that they are dark now.
        public var dark: [String]
        /// Serial numbers of units of the session that nobody asked, or that did not say so; absent if there are none.
        public var unproven: [String]?

        /// A session whose program has ended, and what its units said after that.
        public init(_ record: RunningSession, dark: [String]) {
            session = record.session
            pid = record.process.pid
            self.dark = dark
            let rest = record.units.map(\.serial).filter { !dark.contains($0) }
            unproven = rest.isEmpty ? nil : rest
        }

        /// A unit that nobody held.
        public init(dark serial: String) { dark = [serial] }
    }

    /// All of them.
    public var stopped: [Stopped]

    /// The document of what was ended.
    public init(_ stopped: [Stopped]) { self.stopped = stopped }
}
