internal import UnitProtocol
internal import UnitSchema
internal import UnitTransport

extension ConformanceSuite {
    static let identityChecks = [
        ConformanceCheck(
            "hello-identity", "HelloReply says who the unit is, in values that exist", .connection,
            says:
                "role, a serial number of 1 to 31 characters of A-Z a-z 0-9 - _ . , reserved fields 0, limits in range"
        ) { unit, trial in
            let reply = try await unit.greet().reply
            trial.expect(reply.role == .alice || reply.role == .bob, "role is \(reply.role.rawValue)")
            let serial = reply.serial.description
            trial.expect(
                !serial.isEmpty && serial.utf8.count <= 31 && serial.allSatisfy(isSerialCharacter),
                "serial number '\(serial)' is not 1 to 31 characters of A-Z a-z 0-9 - _ .")
            if case .usb(serial: let name) = unit.endpoint.selector {
                trial.expect(serial == name, "serial is '\(serial)', the USB serial string is '\(name)'")
            }
            trial.expect(reply.access == .control, "access Control was asked for, \(reply.access) was granted")
            trial.expect(!reply.model.isEmpty && !reply.firmware.isEmpty, "model or firmware is empty")
            trial.expect(
                (0..<32).allSatisfy { reply.response[$0] == 0 }, "response is reserved and not zero")
            trial.expect(
                !reply.capabilities.contains(.authentication), "capability bit 11 is reserved and set")
            trial.measure("maximum_control_frame", Double(reply.maximumControlFrame), "B", .atLeast(1_024))
            let frame = reply.maximumFrameBytes
            trial.measure("maximum_frame_bytes", Double(frame), "B", ConformanceLimits(low: 1_024, high: 65_536))
            trial.expect(frame.nonzeroBitCount == 1, "maximumFrameBytes \(frame) is no power of two")
            trial.measure(
                "stream_buffer_bytes", Double(reply.streamBufferBytes), "B",
                ConformanceLimits(low: 2 * Double(frame), high: 1e12))
            trial.expect(
                reply.resetCause.rawValue >= 1 && reply.resetCause.rawValue <= 5, "resetCause is \(reply.resetCause)")
        },
        ConformanceCheck(
            "heartbeat-terms", "The heartbeat's interval and time-out can be kept by a host", .connection,
            says: "interval at least 10 ms, time-out at least twice that and at most 60 s"
        ) { unit, trial in
            let reply = try await unit.greet().reply
            trial.measure("heartbeat_interval", Double(reply.heartbeatInterval) / 1_000, "s", .atLeast(0.01))
            let least = 2 * Double(reply.heartbeatInterval) / 1_000
            trial.measure(
                "heartbeat_timeout", Double(reply.heartbeatTimeout) / 1_000, "s",
                ConformanceLimits(low: least, high: 60))
        },
        ConformanceCheck(
            "fingerprints", "The unit's messages mean what this program's mean", .fingerprints,
            says: "for each message that the unit knows, the number of its last line and the chain's element there"
        ) { unit, trial in
            let entries = try await unit.greet().fingerprints
            let listed = Set(entries.map(\.templateId))
            trial.expect(listed.count == entries.count, "a message is listed twice")
            for entry in entries {
                guard let chain = UnitMessages.chains[entry.templateId] else { continue }
                let name = UnitMessages.name(of: entry.templateId) ?? ""
                let position = Int(entry.fieldCount)
                // Longer than ours is a later version, which the schema text has to answer for.
                guard position < chain.count else { continue }
                trial.expect(
                    chain[position] == entry.fingerprint, "\(name), line \(position): the fingerprint differs")
            }
            for template in Self.everyUnitKnows where !listed.contains(template) {
                trial.expect(false, "\(UnitMessages.name(of: template) ?? "") is not listed")
            }
            trial.measure("messages", Double(entries.count), "1")
        },
        ConformanceCheck(
            "schema-text", "GetSchema gives the schema that the fingerprints are of", .fingerprints,
            says: "SchemaText is the unit's own unit-protocol.xml, byte for byte, in parts"
        ) { unit, trial in
            let entries = try await unit.greet().fingerprints
            let text = try await schemaText(unit)
            trial.measure("schema_bytes", Double(text.utf8.count), "B", .atLeast(1))
            let schema: Schema
            do throws(SchemaError) {
                schema = try Schema(parsing: text, file: "the unit's schema")
            } catch {
                throw Violation("the text is no schema: \(error.findings.first?.description ?? "unreadable")")
            }
            for entry in entries {
                let chain = schema.message(id: entry.templateId)?.chain ?? []
                let position = Int(entry.fieldCount)
                trial.expect(
                    position < chain.count && chain[position] == entry.fingerprint,
                    "message \(entry.templateId): the text gives another fingerprint than HelloReply")
            }
        },
        ConformanceCheck(
            "schema-past-end", "GetSchema behind the end of the text is empty, not an error", .requests,
            says: "SchemaText with offset at or behind totalBytes is empty"
        ) { unit, trial in
            let first = try await unit.receive(RawRequest(GetSchema(offset: 0, maximumBytes: 16)))
            let (block, bytes) = try schemaPart(first)
            trial.expect(bytes.count == 16, "16 bytes were asked for, \(bytes.count) came")
            for offset in [block.totalBytes, block.totalBytes + min(1_000, .max - block.totalBytes)] {
                let answer = try await unit.wire.exchange(RawRequest(GetSchema(offset: offset, maximumBytes: 100)))
                guard case .reply(let arrival) = answer else {
                    throw Violation("GetSchema at \(offset) of \(block.totalBytes) got \(answer.description)")
                }
                trial.expect(try schemaPart(arrival).bytes.isEmpty, "a part behind the end is not empty")
            }
        },
        ConformanceCheck(
            "capabilities", "Capabilities fit the role and do not contradict themselves", .requests,
            says: "optical and electrical data of the unit; 0 where not applicable"
        ) { unit, trial in
            let data = try await unit.ask(GetCapabilities(), for: Capabilities.self)
            trial.measure("minimum_symbol_rate", data.minimumSymbolRate, "Hz", ConformanceLimits(low: 0))
            trial.measure(
                "maximum_symbol_rate", data.maximumSymbolRate, "Hz",
                ConformanceLimits(low: max(1, data.minimumSymbolRate)))
            trial.expect(data.clipLow < data.clipHigh, "clipLow \(data.clipLow), clipHigh \(data.clipHigh)")
            trial.expect(!data.sampleFormats.isEmpty, "no sample format")
            trial.expect((1...16).contains(data.adcBits), "\(data.adcBits) bits")
            if unit.isAlice {
                trial.expect(unit.can(.signalLaser), "an Alice without SignalLaser")
                trial.expect(data.detection == .notApplicable, "Alice's detection is \(data.detection)")
                trial.expect(data.sampleScale > 0, "sampleScale is \(data.sampleScale)")
                trial.expect(data.detectorEfficiency == 0, "Alice has a detector efficiency")
            } else {
                trial.expect(unit.can(.localOscillator), "a Bob without LocalOscillator")
                trial.expect(
                    data.detection == .homodyne || data.detection == .heterodyne, "detection \(data.detection)")
                trial.measure(
                    "detector_efficiency", data.detectorEfficiency, "1", ConformanceLimits(low: 1e-6, high: 1))
                trial.measure(
                    "maximum_local_oscillator_power", data.maximumLocalOscillatorPower, "W",
                    ConformanceLimits(low: max(1e-12, data.nominalLocalOscillatorPower)))
                trial.expect(data.sampleScale == 0, "Bob's sampleScale is \(data.sampleScale), not 0")
            }
        },
    ]

    /// Requests, replies and events that no unit can do without.
    private static let everyUnitKnows: [UInt16] = [
        Hello.templateID, HelloReply.templateID, ErrorMessage.templateID, GetSchema.templateID, SchemaText.templateID,
        Acknowledge.templateID, Heartbeat.templateID, HeartbeatReply.templateID, GetStatus.templateID,
        Status.templateID, StateChanged.templateID, GetCapabilities.templateID, Capabilities.templateID,
        GetTelemetry.templateID, Telemetry.templateID, StartStream.templateID, StreamStarted.templateID,
        StopStream.templateID, StreamStopped.templateID, StreamFrame.templateID, Reset.templateID,
    ]

    private static func isSerialCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-_.".contains(character))
    }

    static func schemaPart(_ arrival: Arrival) throws(Violation) -> (block: SchemaText, bytes: [UInt8]) {
        try arrival.read { (reader) throws(MessageFault) in
            let block = try reader.block(as: SchemaText.self)
            let data = try reader.data(SchemaText.text)
            return (block, data.withUnsafeBytes { [UInt8]($0) })
        }
    }

    private static func schemaText(_ unit: TestedUnit) async throws -> String {
        var text: [UInt8] = []
        while true {
            let request = GetSchema(offset: UInt32(text.count), maximumBytes: 4_000)
            let (block, bytes) = try schemaPart(await unit.receive(RawRequest(request)))
            guard block.offset == request.offset else {
                throw Violation("part \(request.offset) was asked for, \(block.offset) came")
            }
            guard block.totalBytes <= 4 << 20 else { throw Violation("a schema of \(block.totalBytes) bytes") }
            guard !bytes.isEmpty else {
                throw Violation("the text ends after \(text.count) of \(block.totalBytes) bytes")
            }
            text += bytes
            if text.count >= Int(block.totalBytes) { return String(decoding: text, as: UTF8.self) }
        }
    }
}
