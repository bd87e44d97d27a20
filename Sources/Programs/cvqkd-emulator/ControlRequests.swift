import Foundation
import UnitEmulator
import UnitProtocol

/// What the control socket understands. Every answer has `ok`; if that is false, `error` says what to change.
struct ControlRequests {
    let rack: Rack

    private struct Request: Decodable {
        var op: String
        var pair: Int?
        var unit: String?
        var session: SessionNumber?
        var first: UInt64?
        var end: UInt64?
        var fault: String?
        var value: Double?
        var intervals: Bool?
    }

    private struct Refusal: Error {
        var text: String
    }

    /// The answer to one line.
    func answer(_ line: Data) -> Data {
        var object: [String: Any]
        do {
            let request = try JSONDecoder().decode(Request.self, from: line)
            object = try carryOut(request)
            object["ok"] = true
        } catch let refusal as Refusal {
            object = ["ok": false, "error": refusal.text]
        } catch {
            object = [
                "ok": false,
                "error": "not a request: one JSON object per line with \"op\": truth, record, inject, state or faults",
            ]
        }
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
        return (try? JSONSerialization.data(withJSONObject: object, options: options)) ?? Data("{\"ok\":false}".utf8)
    }

    private func carryOut(_ request: Request) throws -> [String: Any] {
        switch request.op {
        case "truth": try truth(request)
        case "record": try record(request)
        case "inject": try inject(request)
        case "state": ["pairs": rack.pairs.map(state)]
        case "faults":
            ["faults": Dictionary(uniqueKeysWithValues: Fault.allCases.map { ($0.rawValue, $0.explanation) })]
        case "attacks":
            ["attacks": Dictionary(uniqueKeysWithValues: Attack.allCases.map { ($0.rawValue, $0.explanation) })]
        case let other:
            throw Refusal(text: "op '\(other)' is not known: truth, record, inject, state, faults, attacks are")
        }
    }

    private func unit(_ request: Request) throws -> EmulatedUnit {
        guard let serial = request.unit else { throw Refusal(text: "\"unit\" is missing: a serial number") }
        guard let unit = rack.unit(serial) else {
            let known = rack.pairs.flatMap { [$0.alice, $0.bob] }.map(\.configuration.serial)
            throw Refusal(text: "no unit has serial number '\(serial)': \(known.joined(separator: ", "))")
        }
        return unit
    }

    private func inject(_ request: Request) throws -> [String: Any] {
        if let attack = request.fault.flatMap(Attack.init(rawValue:)) { return try inject(attack, request) }
        guard let name = request.fault, let fault = Fault(rawValue: name) else {
            throw Refusal(
                text: "'\(request.fault ?? "")' is not known; {\"op\":\"faults\"} and {\"op\":\"attacks\"} list what is"
            )
        }
        try unit(request).inject(fault, value: request.value)
        return ["fault": name, "value": request.value ?? fault.defaultValue]
    }

    /// Attacks are the pair's: the unit only says which pair.
    private func inject(_ attack: Attack, _ request: Request) throws -> [String: Any] {
        let strength = request.value ?? attack.defaultStrength
        guard attack.range.contains(strength) else {
            throw Refusal(text: "the strength of \(attack.rawValue) is \(attack.range), not \(strength)")
        }
        let serial = try unit(request).configuration.serial
        rack.pairs.first { $0.unit(serial: serial) != nil }?.inject(attack, strength: strength)
        return ["attack": attack.rawValue, "strength": strength]
    }

    private func state(_ pair: EmulatedPair) -> [String: Any] {
        let units = [(pair.alice, "alice"), (pair.bob, "bob")].map { unit, role -> [String: Any] in
            let last = unit.records.last
            return [
                "serial": unit.configuration.serial, "role": role, "state": "\(unit.state)",
                "session": String(last?.session ?? 0), "frames": last?.frames ?? 0,
                "droppedSymbols": last?.droppedSymbols ?? 0,
            ]
        }
        let attacks = Dictionary(uniqueKeysWithValues: pair.attacks.inForce.map { ($0.attack.rawValue, $0.strength) })
        return [
            "pair": pair.configuration.index, "units": units, "peerMessages": pair.peerMessages, "attacks": attacks,
        ]
    }

    private func record(_ request: Request) throws -> [String: Any] {
        let unit = try unit(request)
        let session = request.session?.value
        let records = unit.records.filter { session == nil || $0.session == session }
        if let session, records.isEmpty {
            throw Refusal(text: "\(unit.configuration.serial) remembers no session \(session)")
        }
        return ["unit": unit.configuration.serial, "sessions": records.map { describe($0, request.intervals == true) }]
    }

    private func describe(_ record: SentSession, _ withIntervals: Bool) -> [String: Any] {
        var kinds: [String: UInt64] = [:]
        for interval in record.intervals where interval.content == .measured {
            kinds["\(interval.kind)", default: 0] += interval.count
        }
        var object: [String: Any] = [
            "session": String(record.session), "purpose": "\(record.purpose)", "frames": record.frames,
            "measuredSymbols": record.measuredSymbols, "disclosedSymbols": record.disclosedSymbols,
            "droppedSymbols": record.droppedSymbols, "symbolsByKind": kinds, "unlisted": record.unlisted,
            "end": record.end.map { $0 as Any } ?? NSNull(),
        ]
        guard withIntervals else { return object }
        object["intervals"] = record.intervals.map { interval -> [String: Any] in
            [
                "kind": "\(interval.kind)", "content": "\(interval.content)", "first": interval.first,
                "count": interval.count,
            ]
        }
        object["losses"] = record.losses.map { ["first": $0.first, "count": $0.count] }
        return object
    }

    private func truth(_ request: Request) throws -> [String: Any] {
        let index = request.pair ?? 0
        guard let pair = rack.pairs.first(where: { $0.configuration.index == index }) else {
            throw Refusal(text: "pair \(index) does not exist: 0 to \(rack.pairs.count - 1) do")
        }
        guard let session = request.session?.value else { throw Refusal(text: "\"session\" is missing") }
        let (first, end) = (request.first ?? 0, request.end ?? .max)
        guard first < end else { throw Refusal(text: "\"first\" \(first) is not below \"end\" \(end)") }
        guard let (truth, covered) = pair.truth(session: session, symbols: first..<end) else {
            throw Refusal(text: "Bob of pair \(index) took no symbols of session \(session) in \(first)..<\(end)")
        }
        return TruthAnswer.describe(truth, covered: covered, model: pair.configuration.model)
    }
}
