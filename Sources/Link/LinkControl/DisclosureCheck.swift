internal import UnitProtocol

/// Compares the training samples that Alice's unit disclosed to Bob's with those that she streamed, where both streams
/// are at hand. Each side is in order of symbols, so two short queues suffice; what has no partner (Bob had vacuum
/// there, or a frame was lost) is passed over.
struct DisclosureCheck {
    private struct Entry {
        var firstSymbol: UInt64
        var count: UInt32
        var digest: UInt32
    }

    /// One stream may run ahead of the other by so many training frames; beyond, the oldest go unchecked, counted.
    static let depth = 16_384
    private var streamed: [Entry] = []
    private var disclosed: [Entry] = []
    private(set) var comparedSymbols: UInt64 = 0
    private(set) var unchecked: UInt64 = 0
    private(set) var firstDifference: UInt64?

    mutating func take(streamed frame: StreamFrame, samples: RawSpan) {
        guard frame.kind == .training else { return }
        append(frame, samples, to: \.streamed)
    }

    mutating func take(disclosed frame: StreamFrame, samples: RawSpan) { append(frame, samples, to: \.disclosed) }

    private mutating func append(
        _ frame: StreamFrame, _ samples: RawSpan, to queue: WritableKeyPath<DisclosureCheck, [Entry]>
    ) {
        if self[keyPath: queue].count >= Self.depth {
            self[keyPath: queue].removeFirst(Self.depth / 2)
            unchecked += UInt64(Self.depth / 2)
        }
        self[keyPath: queue].append(
            Entry(firstSymbol: frame.firstSymbol, count: frame.count, digest: CRC32C.checksum(samples)))
        compare()
    }

    private mutating func compare() {
        var (a, b) = (0, 0)
        while a < streamed.count, b < disclosed.count {
            let (ours, theirs) = (streamed[a], disclosed[b])
            if ours.firstSymbol == theirs.firstSymbol {
                if ours.count == theirs.count {
                    comparedSymbols += UInt64(ours.count)
                    if ours.digest != theirs.digest && firstDifference == nil { firstDifference = ours.firstSymbol }
                }
                a += 1
                b += 1
            } else if ours.firstSymbol < theirs.firstSymbol {
                a += 1
            } else {
                b += 1
            }
        }
        streamed.removeFirst(a)
        disclosed.removeFirst(b)
    }
}
