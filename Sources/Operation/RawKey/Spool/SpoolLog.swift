/// Items in the order of their positions, some of them gone. Its cost does not grow with its length.
struct SpoolLog {
    private struct Slot {
        let position: UInt64
        /// Nil once it is gone: the slot is given up together with others.
        var item: SpoolItem?
    }

    private var slots: [Slot] = []
    private var gone = 0

    /// Puts an item behind the others.
    mutating func append(_ item: SpoolItem, at position: UInt64) {
        slots.append(Slot(position: position, item: item))
    }

    /// Takes an item out, if it is there.
    mutating func remove(at position: UInt64) {
        let index = index(after: position - 1)
        guard index < slots.count, slots[index].position == position, slots[index].item != nil else { return }
        slots[index].item = nil
        gone += 1
        // Half of them at a time: each slot is moved once for each that was given up.
        guard gone > 64, 2 * gone > slots.count else { return }
        slots.removeAll { $0.item == nil }
        gone = 0
    }

    /// Items behind a position, at most so many.
    func entries(after position: UInt64, limit: Int) -> [SpoolEntry] {
        var found: [SpoolEntry] = []
        for slot in slots[index(after: position)...] {
            guard found.count < limit else { break }
            if let item = slot.item { found.append(SpoolEntry(position: slot.position, item: item)) }
        }
        return found
    }

    /// The first slot behind a position.
    private func index(after position: UInt64) -> Int {
        var (low, high) = (0, slots.count)
        while low < high {
            let middle = (low + high) / 2
            if slots[middle].position > position { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
