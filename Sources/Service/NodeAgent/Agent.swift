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
    /// What the configuration names cannot be had, or does not work.
    case service(reason: String)

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
        case .service(let reason): reason
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
    private let makeLinks: MakeLinks

    /// Makes the links of a configuration; the second argument takes lines of the log.
    public typealias MakeLinks =
        @Sendable (AgentConfiguration, @escaping @Sendable (String) -> Void) throws -> any AgentLinks

    /// An agent that does not run yet.
    ///
    /// - Parameters:
    ///   - program: name and version.
    ///   - clock: what it waits by.
    ///   - now: the wall clock, for people.
    ///   - makeLinks: makes its links.
    ///   - log: what takes its lines.
    public init(
        _ configuration: AgentConfiguration, program: String, clock: HostClock = .monotonic,
        now: @escaping @Sendable () -> Date = { Date() },
        makeLinks: @escaping MakeLinks = { try KeptLinks($0, log: $1) },
        log: @escaping @Sendable (AgentConfiguration.LogLevel, String) -> Void
    ) {
        self.configuration = configuration
        self.program = program
        self.clock = clock
        self.now = now
        self.makeLinks = makeLinks
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
        let links: any AgentLinks
        do { links = try makeLinks(configuration) { [log] in log(.info, $0) } } catch {
            throw .service(reason: "\(error)")
        }
        let nodeKey: String
        do throws(RecordError) {
            nodeKey = try SigningKey(file: configuration.signingKeyFile).publicKey().description
        } catch {
            throw .signingKey(error)
        }
        let requests = ControlRequests(
            links, audit: audit, operators: Set(configuration.operators.map(\.uid) + [0, geteuid()]),
            identity: .init(
                node: configuration.node, program: program, pid: getpid(), began: now(), beganAt: clock.now,
                nodeKey: nodeKey), clock: clock, now: now)
        let server = ControlServer(path: configuration.controlSocket, requests: requests)
        do { try await run(server, links, until: end) } catch { throw .service(reason: "\(error)") }
    }

    private enum Part { case operators, links, end }

    /// Operators are served until the links have ended: what they ask meanwhile is answered.
    private func run(_ server: ControlServer, _ links: any AgentLinks, until end: EndRequest) async throws {
        try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask { [log] in
                try await server.run { log(.info, "operators are served at \(server.path)") }
                return .operators
            }
            group.addTask {
                try await links.run()
                return .links
            }
            group.addTask {
                while !end.isRequested { await end.pause(.seconds(3_600)) }
                return .end
            }
            let first = await group.nextResult()
            // Whatever ended first, everything ends: half an agent makes no key.
            end.request()
            await links.stop()
            if try first?.get() != .links {
                while let part = try await group.next() { if part == .links { break } }
            }
            group.cancelAll()
        }
    }

    private static func makeFolder(_ path: String, mode: mode_t) throws(AgentFailure) {
        guard mkdir(path, mode) != 0, errno != EEXIST else { return }
        throw .folder(path: path, code: errno)
    }
}
