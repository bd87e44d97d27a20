internal import Glibc
internal import UnitProtocol
public import UnitTransport

/// How the suite reaches a unit.
public struct UnitPorts: Sendable {
    /// Opens a connection to the unit. Called again after the suite has closed it, and after a restart.
    public var open: @Sendable () async throws -> any UnitTransport
    /// Opens another port of the same unit at the same time, if there is one.
    public var openSecond: (@Sendable () async throws -> any UnitTransport)?

    /// Ports that are opened so.
    public init(
        open: @escaping @Sendable () async throws -> any UnitTransport,
        openSecond: (@Sendable () async throws -> any UnitTransport)? = nil
    ) {
        self.open = open
        self.openSecond = openSecond
    }
}

/// What a Hello got.
struct Greeting: Sendable {
    var reply: HelloReply
    var fingerprints: [HelloReply.FingerprintsEntry]
    var arrival: Arrival
}

/// The unit under test: its connection, and the ways into the states that checks begin in.
final class TestedUnit {
    let ports: UnitPorts
    /// What is waited and measured by.
    let clock: HostClock
    private(set) var wire: Wire
    /// The last answer to Hello.
    private(set) var identity: HelloReply
    private var known: Capabilities?
    /// Symbols per second that was asked for; nil leaves it to the suite.
    let wantedRate: Double?
    /// One standalone session that several checks look at.
    var sharedRecording: Recording?
    /// What came in this run and was no frame, in words.
    var damagedFrames: [String] = []
    /// What the transport of the present wire could not decode and was noted; nil until something whole has come: a line may
    /// begin with the rest of what an earlier program was sent.
    private var notedDamage: UInt64?
    /// Stream frames that the transport itself has dropped so far.
    var droppedFrames: UInt64 = 0

    static let hostName = "cvqkd conformance"

    /// Opens the unit and says Hello. Throws what went wrong; the transport is closed then.
    static func open(_ ports: UnitPorts, rate: Double?, clock: HostClock) async throws -> TestedUnit {
        let wire = Wire(try await ports.open(), clock: clock)
        do {
            let greeting = try await greet(wire, .control)
            return TestedUnit(ports, clock, wire, greeting.reply, rate)
        } catch {
            await wire.close()
            throw error
        }
    }

    private init(
        _ ports: UnitPorts, _ clock: HostClock, _ wire: Wire, _ identity: HelloReply, _ rate: Double?
    ) {
        self.ports = ports
        self.clock = clock
        self.wire = wire
        self.identity = identity
        wantedRate = rate
    }

    var isAlice: Bool { identity.role == .alice }
    var subject: String { isAlice ? "alice" : "bob" }
    var endpoint: TransportEndpoint { wire.transport.endpoint }

    func can(_ capability: CapabilitySet) -> Bool { identity.capabilities.isSuperset(of: capability) }

    /// Whether the unit sees that a port is closed: not on USB's own interface, nor on a plain UART.
    var seesHangUp: Bool {
        switch endpoint.kind {
        case .inProcess: return true
        case .usbHigh, .usbSuper, .usbFull: return false
        case .serial:
            guard let resolved = realpath(endpoint.path, nil) else { return false }
            defer { free(resolved) }
            let path = String(cString: resolved)
            return path.hasPrefix("/dev/pts/") || path.hasPrefix("/dev/ttyACM")
        }
    }

    // MARK: Connection

    private static func greet(_ wire: Wire, _ access: Access, name: String = hostName) async throws -> Greeting {
        let hello = Hello(
            access: access, hostName: FixedText(name) ?? FixedText(), hostInstance: .random(in: 1...UInt64.max),
            challenge: FixedArray(repeating: 0))
        // A line may hold an earlier program's garbage, and a unit that starts needs a moment.
        var last = Answer.silence(milliseconds: 0)
        for _ in 0..<3 {
            last = try await wire.exchange(RawRequest(hello))
            guard case .silence = last else { break }
        }
        guard case .reply(let arrival) = last else { throw Violation("Hello got \(last.description)") }
        var entries: [HelloReply.FingerprintsEntry] = []
        let reply = try arrival.read { (reader) throws(MessageFault) in
            let reply = try reader.block(as: HelloReply.self)
            var group = try reader.group(of: HelloReply.FingerprintsEntry.self)
            while let entry = try group.next() { entries.append(entry) }
            return reply
        }
        return Greeting(reply: reply, fingerprints: entries, arrival: arrival)
    }

    /// Says Hello; with control, heartbeats begin.
    @discardableResult
    func greet(_ access: Access = .control, name: String = hostName) async throws -> Greeting {
        wire.stopHeart()
        let greeting = try await Self.greet(wire, access, name: name)
        if notedDamage == nil { notedDamage = wire.transport.counters.undecodable }
        identity = greeting.reply
        if access == .control { startHeart() }
        return greeting
    }

    func startHeart() {
        wire.startHeart(every: .milliseconds(Int(max(10, min(identity.heartbeatInterval, 1_000)))))
    }

    /// Closes the port and opens it again, without a Hello. A unit that restarts is waited for.
    func reopen(within limit: Duration = .seconds(15)) async throws {
        noteDamage()
        notedDamage = nil
        await wire.close()
        // A unit that looks at its port now and then must have had a chance to see it closed.
        try await clock.sleep(for: .milliseconds(60))
        let end = clock.now + limit
        while true {
            do {
                wire = Wire(try await ports.open(), clock: clock)
                return
            } catch {
                guard clock.now < end else { throw Obstacle("the port cannot be opened again: \(error)") }
                try await clock.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Notes what the present wire could not decode since it was looked at last.
    func noteDamage() {
        guard let noted = notedDamage else { return }
        let now = wire.transport.counters.undecodable
        if now > noted {
            damagedFrames += [String](repeating: "bytes that are no frame", count: Int(min(now - noted, 100)))
        }
        notedDamage = now
    }

    /// Whether the line may damage frames by itself: a UART does. A pseudo-terminal, USB and CDC-ACM do not.
    var mayDamageFrames: Bool { endpoint.kind == .serial && !seesHangUp }

    /// Connection and control as every check begins with: whatever an earlier one left is undone.
    func prepare() async throws {
        if wire.ending != nil { try await reopen() }
        do {
            try await greet()
        } catch is Violation {
            // A second chance on a fresh connection: an earlier check may have left the line in a strange state.
            try await reopen()
            try await greet()
        }
        let status = try await settled()
        if status.state == .streaming { try await stop(status.sessionId) }
    }

    /// Light out, port closed.
    func leave() async {
        if wire.ending == nil {
            _ = try? await greet()
            try? await bring(to: .dark)
        }
        await wire.close()
    }

    // MARK: Requests

    /// Sends a request and returns its reply; anything else is a violation.
    func ask<Request: UnitMessage, Reply: UnitMessage>(
        _ request: Request, for reply: Reply.Type, patience: Duration = Wire.patience
    ) async throws -> Reply {
        try await receive(RawRequest(request), patience: patience).block(reply)
    }

    /// Sends a request and returns the frame of its reply; `Error` and silence are violations.
    func receive(_ request: RawRequest, patience: Duration = Wire.patience) async throws -> Arrival {
        let answer = try await wire.exchange(request, patience: patience)
        guard case .reply(let arrival) = answer else {
            throw Violation("\(request.name) got \(answer.description)")
        }
        return arrival
    }

    func acknowledged<Request: UnitMessage>(_ request: Request) async throws {
        let reply = try await ask(request, for: Acknowledge.self)
        guard reply.requestId == Request.templateID else {
            throw Violation("Acknowledge of \(Request.messageName) names request \(reply.requestId)")
        }
    }

    func status() async throws -> Status { try await ask(GetStatus(), for: Status.self) }

    func optics() async throws -> OpticalState { try await ask(GetOpticalState(), for: OpticalState.self) }

    func capabilities() async throws -> Capabilities {
        if let known { return known }
        let capabilities = try await ask(GetCapabilities(), for: Capabilities.self)
        // Waits and rates of the checks are computed from these.
        if let reason = capabilities.contradiction(role: identity.role, capabilities: identity.capabilities) {
            throw Violation("Capabilities say \(reason)")
        }
        known = capabilities
        return capabilities
    }

    /// The state once nothing is measured and the unit has started.
    func settled(within limit: Duration = .seconds(12)) async throws -> Status {
        let end = clock.now + limit
        while true {
            let status = try await status()
            if status.state != .starting && status.activity == .idle { return status }
            guard clock.now < end else {
                throw Obstacle("the unit stays \(status.state), activity \(status.activity)")
            }
            try await clock.sleep(for: .milliseconds(10))
        }
    }

    /// Waits for a state; says whether it came.
    @discardableResult
    func reaches(_ state: UnitState, within limit: Duration) async throws -> Bool {
        let end = clock.now + limit
        while try await status().state != state {
            guard clock.now < end else { return false }
            try await clock.sleep(for: .milliseconds(5))
        }
        return true
    }

    // MARK: States

    /// The request that switches the unit's own light, by its role.
    func light(_ isOn: Bool) -> RawRequest {
        isAlice ? RawRequest(SetSignalLaser(on: isOn)) : RawRequest(SetLocalOscillator(on: isOn, power: 0))
    }

    /// How long warm-up may take before the suite gives up, s.
    func warmUpLimit() async throws -> Double { try await capabilities().warmUpLimit.inSeconds }

    /// Brings the unit to Dark or Ready from wherever it is. An obstacle if it cannot be brought there.
    func bring(to wanted: UnitState) async throws {
        var status = try await settled()
        if status.state == .streaming {
            try await stop(status.sessionId)
            status = try await settled()
        }
        switch status.state {
        case wanted: break
        case .dark, .warmingUp, .ready:
            let request = light(wanted == .ready)
            let answer = try await wire.exchange(request)
            guard case .reply = answer else { throw Obstacle("\(request.name) got \(answer.description)") }
            let limit = wanted == .ready ? try await warmUpLimit() : 3
            guard try await reaches(wanted, within: .seconds(limit)) else {
                throw Obstacle("the unit did not become \(wanted) within \(limit) s")
            }
        default: throw Obstacle("the unit is \(status.state): a cold reset or a power cycle is needed")
        }
        // An earlier check may have opened the shutter; every check begins with it closed.
        if wanted == .ready && can(.shutter), try await optics().shutterSet != .closed {
            _ = try await wire.exchange(RawRequest(SetShutter(position: .closed)))
        }
    }

    func stop(_ session: UInt64) async throws {
        _ = try await wire.exchange(RawRequest(StopStream(sessionId: session)), patience: .seconds(3))
        await wire.transport.closeStream()
    }
}
