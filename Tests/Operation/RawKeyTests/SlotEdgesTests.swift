import Testing
import UnitControl
import UnitProtocol

@testable import RawKey

/// Where the two ends' slots do not begin at the same symbol, a few symbols are not what this end's unit says.
struct SlotEdgesTests {
    private static let cases: [(Int64, [String])] = [
        (
            3,
            ["guard 3", "signal 5", "signal 3", "signal 5", "guard 3", "training 5", "vacuum 8", "guard 3", "signal 5"]
        ),
        (0, ["signal 8", "signal 8", "training 8", "vacuum 8", "signal 8"]),
        (
            -2,
            ["signal 6", "guard 2", "signal 6", "guard 2", "training 6", "guard 2", "vacuum 8", "signal 6", "guard 2"]
        ),
    ]

    @Test(arguments: cases)
    func `symbols of another slot of Alice's are no key unless it was of the same kind`(
        offset: Int64, expected: [String]
    ) throws {
        let grid = try BlockGrid(symbolsPerCell: 64, symbolsPerSlot: 8, offset: offset)
        var edges = SlotEdges(grid)
        var found: [String] = []
        for (index, kind) in [SymbolKind.signal, .signal, .training, .vacuum, .signal].enumerated() {
            let frame = StreamFrame(
                firstSymbol: UInt64(8 * index), droppedSymbols: 0, deviceTime: 0, localOscillatorPower: 0.01, count: 8,
                clippedSamples: 0, kind: kind, format: .xp16, content: .measured, purpose: .key, flags: [])
            for (piece, isEdge) in edges.split(frame, 0..<8) {
                found.append("\(isEdge ? "guard" : "\(kind)".lowercased()) \(piece.count)")
            }
            edges.passed(frame)
        }
        #expect(found == expected)
    }
}
