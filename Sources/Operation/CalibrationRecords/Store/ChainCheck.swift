internal import Foundation

/// The rules of chains, over the records that were read: pure, so that every kind of damage is a value in a test.
struct ChainCheck {
    /// Records by name.
    let records: [String: StoredRecord]
    /// Names of files whose content is damaged.
    let damaged: Set<String>
    /// Names of signed imports.
    let imports: Set<String>

    /// What is wrong with the places of the records.
    func findings() -> [StoreFinding] {
        let sorted = records.values.sorted {
            ($0.chain, $0.record.sequence, $0.name) < ($1.chain, $1.record.sequence, $1.name)
        }
        return sorted.flatMap { stored in
            (place(stored) + references(stored)).map { StoreFinding(name: stored.name, unit: stored.chain, damage: $0) }
        } + forks(sorted)
    }

    private func place(_ stored: StoredRecord) -> [Damage] {
        let record = stored.record
        guard let previous = record.previous else {
            return record.sequence == 0 ? [] : [.wrongSequence(expected: 0, found: record.sequence)]
        }
        guard let before = records[previous] else {
            return [damaged.contains(previous) ? .damagedPredecessor(previous) : .missingPredecessor(previous)]
        }
        var found: [Damage] = []
        if before.chain != stored.chain { found.append(.otherChain(unit: before.chain)) }
        let expected = before.record.sequence + 1
        if record.sequence != expected { found.append(.wrongSequence(expected: expected, found: record.sequence)) }
        let back = before.record.ended.timeIntervalSince(record.ended)
        if back > 0 { found.append(.clockWentBack(seconds: back)) }
        return found
    }

    private func references(_ stored: StoredRecord) -> [Damage] {
        stored.record.references.filter { records[$0] == nil && !imports.contains($0) }.map { .missingReference($0) }
    }

    private func forks(_ sorted: [StoredRecord]) -> [StoreFinding] {
        let places = Dictionary(grouping: sorted) { Place(chain: $0.chain, sequence: $0.record.sequence) }
        return sorted.compactMap { stored in
            let others = places[Place(chain: stored.chain, sequence: stored.record.sequence), default: []]
                .filter { $0.name != stored.name }
            return others.isEmpty
                ? nil : StoreFinding(name: stored.name, unit: stored.chain, damage: .fork(with: others.map(\.name)))
        }
    }

    private struct Place: Hashable {
        var chain: String
        var sequence: Int
    }
}
