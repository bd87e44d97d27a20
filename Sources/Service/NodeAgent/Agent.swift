public import AuditTrail
public import CalibrationRecords
public import DurableFiles
public import ForeignFiles
public import Foundation
public import LinkOperation
internal import NodeReports
public import UnitTransport

/// Why an agent does not run, or no longer.
public enum AgentFailure: Error, Sendable, CustomStringConvertible {
    /// Another agent has the state folder.
    case inUse(folder: String, holder: LockHolder?)
    /// A folder cannot be made.
    case folder(path: String, code: Int32)
    /// A file or folder is not what it should be.
    case file(ForeignFileRefusal)
    /// The node's signing key cannot be used.
    case signingKey(RecordError)
    /// The audit log cannot be kept.
    case audit(AuditFault)
    /// The operators' socket cannot be served.
    case control(reason: String)

    /// The fact in a sentence, with what helps.
    public var description: String {
        switch self {
        case .inUse(let folder, let holder):
            "another agent\(holder.map { " (\($0))" } ?? "") has the state folder \(folder). One agent serves it at a time: "
                + "end that one, or give this one a 'state' of its own"
        case .folder(let path, let code): "the folder \(path) cannot be made: \(String(cString: strerror(code)))"
        case .file(let refusal): refusal.description
        case .signingKey(let error): "signingKey: \(error)"
        case .audit(let fault): fault.description
        case .control(let reason): "the control socket: \(reason)"
        }
    }
}

/// The agent of a node.
public struct Agent: Sendable {
    /// What it is to be.
    public let configuration: AgentConfiguration
    private let program: String
    private let clock: HostClock
    private let now: @Sendable () -> Date
    private let log: @Sendable (AgentConfiguration.LogLevel, String) -> Void

    /// An agent that does not run yet.
    ///
    /// - Parameters:
    ///   - program: name and version.
    ///   - clock: what it waits by.
    ///   - now: the wall clock, for people.
    ///   - log: what takes its lines.
    public init(
        _ configuration: AgentConfiguration, program: String, clock: HostClock = .monotonic,
        now: @escaping @Sendable () -> Date = { Date() },
        log: @escaping @Sendable (AgentConfiguration.LogLevel, String) -> Void
    ) {
        self.configuration = configuration
        self.program = program
        self.clock = clock
        self.now = now
        self.log = log
    }

    /// Runs until the end is requested, and ends in order.
    public func run(until end: EndRequest) async throws(AgentFailure) {
        try Self.makeFolder(configuration.stateFolder, mode: 0o700)
        try Self.makeFolder(configuration.runtimeFolder, mode: 0o750)
        let lock = try Self.lock(configuration.stateFolder)
        defer { lock.release() }
        let audit = try openAudit()
        note("begin", audit)
        try await serve(audit, until: end)
        note("stop", audit)
    }

    private static func lock(_ folder: String) throws(AgentFailure) -> LockFile {
        let holder: LockHolder?
        do throws(ForeignFileRefusal) {
            let lock = try LockFile("\(folder)/lock", .exclusive)
            if try lock.take() { return lock }
            holder = lock.holder()
        } catch {
            throw .file(error)
        }
        throw .inUse(folder: folder, holder: holder)
    }

    private func openAudit() throws(AgentFailure) -> AuditTrail {
        let key: SigningKey
        do throws(RecordError) { key = try SigningKey(file: configuration.signingKeyFile) } catch {
            throw .signingKey(error)
        }
        do throws(AuditFault) {
            let audit = try AuditTrail(configuration.auditLog, node: configuration.node, key: key, now: now)
            for repair in audit.repairs { log(.warning, repair) }
            return audit
        } catch {
            throw .audit(error)
        }
    }

    private func note(_ verb: String, _ audit: AuditTrail) {
        do throws(AuditFault) { try audit.append(verb, outcome: "done", detail: program) } catch {
            log(.error, error.description)
        }
    }

    /// Serves the control socket, and whatever the links do, until the end is requested.
    private func serve(_ audit: AuditTrail, until end: EndRequest) async throws(AgentFailure) {
        let control = IdleLinks(configuration, since: now(), clock: clock, now: now)
        let nodeKey: String
        do throws(RecordError) {
            nodeKey = try SigningKey(file: configuration.signingKeyFile).publicKey().description
        } catch {
            throw .signingKey(error)
        }
        let requests = ControlRequests(
            control, audit: audit, operators: Set(configuration.operators.map(\.uid) + [0, geteuid()]),
            identity: .init(
                node: configuration.node, program: program, pid: getpid(), began: now(), beganAt: clock.now,
                nodeKey: nodeKey), clock: clock, now: now)
        let server = ControlServer(path: configuration.controlSocket, requests: requests)
        let (socket, log) = (configuration.controlSocket, log)
        do {
            try await end.cancellable { () async throws in
                try await server.run { log(.info, "operators are served at \(socket)") }
            }
        } catch {
            throw .control(reason: "\(error)")
        }
    }

    private static func makeFolder(_ path: String, mode: mode_t) throws(AgentFailure) {
        guard mkdir(path, mode) != 0, errno != EEXIST else { return }
        throw .folder(path: path, code: errno)
    }
}
