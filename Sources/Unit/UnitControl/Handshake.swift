public import UnitProtocol
internal import UnitSchema
public import UnitTransport

/// The first exchange with a unit: Hello, and if its messages differ, its schema text.
struct Handshake {
    let transport: any UnitTransport
    let clock: HostClock
    /// When it has to be over, whatever the unit does.
    let limit: HostClock.Instant
    private let budget: Duration
    private let seen = Guarded(Seen())

    /// Frames that came and are no reply to what was asked.
    private struct Seen {
        var otherReplies: UInt64 = 0
        var otherFrames: UInt64 = 0
        var wrongChecksums: UInt64 = 0
        var wasAnswered = false
    }

    /// A handshake that takes at most so long as a whole.
    init(transport: any UnitTransport, clock: HostClock, within budget: Duration) {
        self.transport = transport
        self.clock = clock
        self.budget = budget
        limit = clock.now + budget
    }

    /// How long one attempt at Hello waits. Bootloaders and units behind slow lines answer well within.
    static let attemptDeadline: Duration = .milliseconds(700)
    static let attempts = 3

    /// Says Hello and checks that both sides mean the same by every message.
    func perform(
        access: Access, hostName: String
    ) async throws(UnitError) -> (reply: HelloReply, schemaFingerprint: UInt64) {
        let hello = Hello(
            access: access, hostName: Self.hostName(hostName), hostInstance: .random(in: 1...UInt64.max),
            challenge: FixedArray(repeating: 0))
        var number: UInt32 = .random(in: 1...0x7FFF_0000)
        let frame = try await exchange(hello, number: &number)
        var fingerprints: [HelloReply.FingerprintsEntry] = []
        let reply = try Unit.read(frame, request: "Hello") { (reader) throws(MessageFault) in
            let reply = try reader.block(as: HelloReply.self)
            var group = try reader.group(of: HelloReply.FingerprintsEntry.self)
            while let entry = try group.next() { fingerprints.append(entry) }
            return reply
        }
        guard reply.role == .alice || reply.role == .bob else { throw .unknownRole(reply.role.rawValue) }
        try Self.check(serial: reply.serial.description)
        guard reply.heartbeatInterval >= 10, reply.heartbeatTimeout >= 2 * UInt64(reply.heartbeatInterval),
            reply.heartbeatTimeout <= 60_000
        else {
            throw .badReply(
                request: "Hello",
                reason:
                    "a heartbeat every \(reply.heartbeatInterval) ms with a time-out of \(reply.heartbeatTimeout) ms")
        }
        // The least of the protocol: a plan of less would look like a mistake of whoever asks.
        guard reply.maximumFrameBytes >= 1_024, reply.maximumControlFrame >= 1_024 else {
            throw .badReply(
                request: "Hello",
                reason:
                    "frames of at most \(reply.maximumFrameBytes) bytes and requests of at most \(reply.maximumControlFrame)"
            )
        }
        try Self.checkCompleteness(fingerprints, of: reply.state)
        if !Self.agree(fingerprints) { try await compareSchemas(fingerprints, number: &number) }
        return (reply, Self.fingerprint(of: fingerprints))
    }

    /// FNV-1a, 64 bits, over message id, field count and fingerprint of every message that the unit knows, by message
    /// id, little-endian: two units with the same number speak the same protocol.
    private static func fingerprint(of entries: [HelloReply.FingerprintsEntry]) -> UInt64 {
        var state: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { bytes in
                for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            }
        }
        for entry in entries.sorted(by: { $0.templateId < $1.templateId }) {
            add(entry.templateId)
            add(entry.fieldCount)
            add(entry.fingerprint)
        }
        return state
    }

    /// Whether every message that both sides know has the same meaning as far as the unit's chain can tell. False also
    /// if the unit knows more fields than we do: then only its text can tell.
    private static func agree(_ fingerprints: [HelloReply.FingerprintsEntry]) -> Bool {
        fingerprints.allSatisfy { theirs in
            guard let ours = UnitMessages.chains[theirs.templateId] else { return true }
            let position = Int(theirs.fieldCount)
            return position < ours.count && ours[position] == theirs.fingerprint
        }
    }

    /// Whoever the unit says it is goes to names, records and selectors.
    static func check(serial: String) throws(UnitError) {
        guard !UnitSelector.isSerialNumber(serial) else { return }
        let shown = serial.unicodeScalars.prefix(40).map { (32..<127).contains($0.value) ? $0 : "?" }
        throw .illegalSerial(String(String.UnicodeScalarView(shown)))
    }

    /// What every host says and hears. A unit lists all messages that it knows: without these nothing is known of what it
    /// means by them, and an empty list would agree with everything.
    private static let spoken: [UInt16] = [
        Hello.templateID, HelloReply.templateID, ErrorMessage.templateID, GetSchema.templateID, SchemaText.templateID,
        Acknowledge.templateID, Heartbeat.templateID, HeartbeatReply.templateID, GetStatus.templateID,
        Status.templateID, GetCapabilities.templateID, Capabilities.templateID, StartStream.templateID,
        StreamStarted.templateID, StopStream.templateID, StreamStopped.templateID, StreamFrame.templateID,
    ]

    /// A bootloader knows few messages, and nobody asks it more.
    private static func checkCompleteness(
        _ fingerprints: [HelloReply.FingerprintsEntry], of state: UnitState
    ) throws(UnitError) {
        let listed = Set(fingerprints.map(\.templateId))
        let needed = state == .bootloader ? [Hello.templateID] : spoken
        guard let missing = needed.first(where: { !listed.contains($0) }) else { return }
        throw .incompatible(
            difference: listed.isEmpty
                ? "it names no fingerprints of its messages"
                : "it names no fingerprint of message \(missing) \(UnitMessages.name(of: missing) ?? "")")
    }

    private func compareSchemas(
        _ fingerprints: [HelloReply.FingerprintsEntry], number: inout UInt32
    ) async throws(UnitError) {
        let text = try await schemaText(number: &number)
        let theirs: Schema
        do {
            theirs = try Schema(parsing: text, file: "the unit's schema")
        } catch {
            throw .incompatible(
                difference: "its schema text cannot be read: \(error.findings.first?.description ?? "unknown reason")")
        }
        guard let ours = Self.ownSchema else { return }
        if let difference = ours.difference(to: theirs).first(where: { !$0.isCompatible }) {
            throw .incompatible(difference: difference.description)
        }
        // A unit whose fingerprints are not those of the text that it serves was built from another text: nobody knows
        // what its messages mean.
        for entry in fingerprints where UnitMessages.chains[entry.templateId] != nil {
            let message = theirs.message(id: entry.templateId)
            let position = Int(entry.fieldCount)
            if let chain = message?.chain, position < chain.count, chain[position] == entry.fingerprint { continue }
            throw .incompatible(
                difference: "message \(entry.templateId) \(UnitMessages.name(of: entry.templateId) ?? ""): "
                    + "its fingerprint is not that of the unit's own schema text")
        }
    }

    /// Bytes of schema in a reply that is not the last. Parts carry what a frame holds, some 4,000.
    private static let leastSchemaPart = 256

    /// The unit's own schema text. Bounded: a unit cannot make the host collect more than 4 MiB, nor byte by byte.
    func schemaText(number: inout UInt32) async throws(UnitError) -> String {
        var text: [UInt8] = []
        var whole: Int?
        while true {
            let offset = text.count
            let frame: [UInt8]
            do throws(UnitError) {
                frame = try await exchange(GetSchema(offset: UInt32(offset), maximumBytes: 4000), number: &number)
            } catch {
                guard case .tooSlow = error, let whole else { throw error }
                throw tooSlow("\(offset) of \(whole) bytes of its schema text have come")
            }
            let total = try Unit.read(frame, request: "GetSchema") { (reader) throws(MessageFault) -> Int in
                let block = try reader.block(as: SchemaText.self)
                let part = try reader.data(SchemaText.text)
                guard block.offset == UInt32(offset) else { return -1 }
                part.withUnsafeBytes { text.append(contentsOf: $0) }
                return part.byteCount == 0 ? text.count : Int(block.totalBytes)
            }
            guard total >= 0 else {
                throw .badReply(request: "GetSchema", reason: "a part that was not asked for")
            }
            guard total <= 4 << 20 else { throw .badReply(request: "GetSchema", reason: "\(total) bytes of schema") }
            if text.count >= total { return String(decoding: text, as: UTF8.self) }
            whole = total
            guard text.count - offset >= Self.leastSchemaPart else {
                throw .badReply(
                    request: "GetSchema",
                    reason: "\(text.count - offset) bytes of \(total) in a reply that has room for 4,000")
            }
        }
    }

    private func tooSlow(_ doing: String) -> UnitError {
        .tooSlow(doing: doing, milliseconds: budget.wholeMilliseconds)
    }

    /// One request and its reply, before there is an actor: whatever else arrives is dropped.
    private func exchange<Request: UnitMessage>(_ request: Request, number: inout UInt32) async throws(UnitError)
        -> [UInt8]
    {
        for _ in 0..<Self.attempts {
            guard clock.now < limit else { throw tooSlow("\(Request.messageName) is not answered yet") }
            number += 1
            let frame = ControlFrame.encode(request, channel: .request, number: number)
            do {
                try await transport.send(frame)
            } catch {
                throw .transport(error)
            }
            guard let reply = try await reply(to: number) else { continue }
            seen.withLock { $0.wasAnswered = true }
            try Unit.refuseLong(reply, request: Request.messageName)
            try Unit.refuseErrors(reply, request: Request.messageName, chainOf: Request.self)
            return reply
        }
        let waited = (Self.attemptDeadline * Self.attempts).wholeMilliseconds
        if seen.withLock({ $0.wasAnswered }) { throw .timedOut(request: Request.messageName, milliseconds: waited) }
        throw .noHello(silence(milliseconds: waited))
    }

    /// What came in place of the first reply.
    private func silence(milliseconds: Int) -> HelloSilence {
        let (counters, seen, endpoint) = (transport.counters, seen.withLock { $0 }, transport.endpoint)
        var silence = HelloSilence(milliseconds: milliseconds)
        silence.bytes = counters.receivedBytes
        silence.undecodable = counters.undecodable - min(counters.undecodable, counters.wrongChecksums)
        silence.wrongChecksums = counters.wrongChecksums + seen.wrongChecksums
        silence.otherReplies = seen.otherReplies
        silence.otherFrames = seen.otherFrames
        silence.isSerial = endpoint.kind == .serial
        if silence.isSerial { silence.otherReaders = DeviceHolder.others(endpoint.path) }
        return silence
    }

    private func reply(to number: UInt32) async throws(UnitError) -> [UInt8]? {
        do {
            return try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                group.addTask { [transport, seen] in
                    while true {
                        let frame = try await transport.receiveControl()
                        guard let header = try? Frame.decode(frame.span.bytes) else {
                            seen.withLock { $0.wrongChecksums += 1 }
                            continue
                        }
                        if header.channel == .reply, header.number == number { return frame }
                        seen.withLock { seen in
                            if header.channel == .reply { seen.otherReplies += 1 } else { seen.otherFrames += 1 }
                        }
                    }
                }
                group.addTask { [clock, limit] in
                    try await clock.sleep(until: min(clock.now + Self.attemptDeadline, limit))
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        } catch let error as TransportError {
            throw error == .cancelled ? .cancelled : .transport(error)
        } catch {
            throw .cancelled
        }
    }

    private static func hostName(_ text: String) -> FixedText<40> {
        let ascii = text.unicodeScalars.filter { $0.isASCII && $0.value >= 32 }
        return FixedText(String(String.UnicodeScalarView(ascii.prefix(40)))) ?? FixedText()
    }

    /// This program's schema, parsed when an error needs names.
    static let ownSchema = try? Schema(parsing: UnitSchemaText.string, file: "unit-protocol.xml")

    /// Name of a field of one of our messages.
    static func fieldName(message: UInt16, field: UInt16) -> String? {
        ownSchema?.message(id: message)?.block.fields.first { $0.id == field }?.name
    }
}

extension Duration {
    /// Rounded down to milliseconds.
    public var wholeMilliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}

extension UnitSchemaText {
    /// The schema text as a string.
    static var string: String { utf8.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}

extension Unit {
    /// Connects to the unit behind an open transport: Hello, comparison of the protocols, heartbeats.
    ///
    /// `hostName` is what others are told who find the unit busy. `serial` is the number that has to answer, if one was
    /// asked for. `budget` is what the unit has for all of it: a minute suffices for a schema text on a slow line.
    /// Heartbeats and time-outs go by `clock`. On failure the transport is closed.
    public static func connect(
        _ transport: any UnitTransport, access: Access = .control, hostName: String, serial: String? = nil,
        within budget: Duration = .seconds(120), clock: HostClock = .monotonic
    ) async throws(UnitError) -> Unit {
        do throws(UnitError) {
            // The unit counts from Hello on: what keeps this program until the first heartbeat is a pause too.
            let asked = clock.readings
            let handshake = Handshake(transport: transport, clock: clock, within: budget)
            let (reply, schemaFingerprint) = try await handshake.perform(access: access, hostName: hostName)
            let identity = UnitIdentity(reply, schemaFingerprint: schemaFingerprint, endpoint: transport.endpoint)
            if let serial, serial != identity.serial {
                throw .wrongSerialNumber(wanted: serial, found: identity.serial)
            }
            guard reply.state != .bootloader else { throw .inBootloader(serial: identity.serial) }
            let unit: Unit
            do throws(TransportError) {
                unit = try Unit(
                    identity: identity, access: reply.access, state: reply.state, transport: transport, asked: asked,
                    clock: clock)
            } catch {
                throw UnitError.transport(error)
            }
            await unit.run()
            if reply.state == .starting { try await unit.waitWhileStarting(until: handshake.limit) }
            return unit
        } catch {
            await transport.close()
            throw error
        }
    }

    /// A unit that was just plugged in or reset says Hello while it boots, and nothing else yet.
    private func waitWhileStarting(until budget: HostClock.Instant) async throws(UnitError) {
        let began = clock.now
        let end = min(began + .seconds(10), budget)
        repeat {
            if try await status().state != .starting { return }
            do { try await pace.sleep(for: .milliseconds(50)) } catch { throw .cancelled }
        } while clock.now < end
        throw .notReached(state: .dark, milliseconds: (clock.now - began).wholeMilliseconds)
    }

    /// The schema text of the unit behind an open transport, whatever its messages are.
    public static func fetchSchema(
        _ transport: any UnitTransport, clock: HostClock = .monotonic
    ) async throws(UnitError) -> String {
        var number: UInt32 = 0
        let handshake = Handshake(transport: transport, clock: clock, within: .seconds(120))
        return try await handshake.schemaText(number: &number)
    }
}
