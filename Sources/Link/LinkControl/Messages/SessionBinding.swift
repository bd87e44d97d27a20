internal import Digests
internal import QuadratureAnalysis
internal import UnitProtocol

/// What a session is bound to: everything that both ends agreed on before it. It stands in every message, so that a message
/// of another session, of another link or about another unit is recognised wherever it turns up.
///
/// SHA-256 over "cvqkd.link.v1" and then, each with its length before it (32 bits, little-endian): the link, the plan, the
/// terms of raw key if there are any, and of
/// Alice's end and then of Bob's: version, nonce, counter, node key, and all facts in the order of their declaration, of a
/// record its name, which is the digest of its bytes. Numbers are 64 bits, little-endian; fractions and rates by the bits of
/// their IEEE 754 double.
public struct SessionBinding: Sendable, Hashable, Codable {
    /// The digest.
    public let bytes: [UInt8]

    /// The binding of a session that both ends have accepted.
    public init(_ proposal: LinkProposal, alice: LinkAcceptance, bob: LinkAcceptance) {
        var text = CanonicalBytes()
        text.add("cvqkd.link.v1")
        text.add(proposal.link)
        text.add(proposal.plan)
        if let terms = proposal.terms { text.add(terms.bytes) }
        for end in [alice, bob] {
            text.add(UInt64(bitPattern: Int64(end.version)))
            text.add(end.nonce.high)
            text.add(end.nonce.low)
            text.add(end.counter)
            text.add(end.nodeKey)
            text.add(end.facts)
        }
        bytes = SHA256().digest(of: text.bytes).bytes
    }

    /// The number of the session on the units' wire: the digest's first 8 bytes, little-endian. Units refuse 0.
    public var session: UInt64 {
        let number = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return max(1, number)
    }
}

/// Fields one after the other, each with its length before it: no two sequences of fields have the same bytes.
private struct CanonicalBytes {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ field: [UInt8]) {
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: field.count >> shift)) }
        bytes += field
    }

    mutating func add(_ text: String) { add(Array(text.utf8)) }

    mutating func add(_ number: UInt64) {
        add(stride(from: 0, to: 64, by: 8).map { UInt8(truncatingIfNeeded: number >> $0) })
    }

    mutating func add(_ number: Double) { add(number.bitPattern) }

    mutating func add(_ facts: EndFacts) {
        add(UInt64(facts.role))
        for word in [facts.serial, facts.model, facts.firmware] { add(word) }
        add(UInt64(facts.isEmulated ? 1 : 0))
        for number in [
            facts.minimumSymbolRate, facts.maximumSymbolRate, facts.maximumModulationVariance, facts.sampleScale,
        ] { add(number) }
        add(facts.detection.rawValue)
        add(UInt64(facts.filter))
        for number in [facts.detectorEfficiency, facts.detectorEfficiencySigma, facts.warmUpTime] { add(number) }
        add(UInt64(bitPattern: Int64(facts.heartbeatTimeout)))
        add(UInt64(facts.delivers ? 1 : 0))
        add(UInt64(facts.records.count))
        for record in facts.records { add(record.name) }
    }

    mutating func add(_ plan: LinkPlan) {
        add(UInt64(plan.purpose.rawValue))
        add(plan.symbolRate)
        add(plan.vacuumFraction)
        add(plan.darkFraction)
        add(plan.trainingFraction)
        add(plan.modulationVariance)
        add(UInt64(clamping: plan.frameBytes))
        add(plan.symbolLimit)
    }
}
