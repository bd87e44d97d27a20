import SignalRecordings
import Testing

struct SymbolRunsTests {
    static func metadata(_ segments: [(Int64, Int64?)]) -> RecordingMetadata {
        var metadata = RecordingMetadata(layout: .oneQuadrature)
        metadata.segments = segments.map { .init(start: $0.0, symbolIndex: $0.1) }
        return metadata
    }

    @Test(arguments: [
        (0, [SymbolRuns.Run(alice: 0, bob: 0, count: 100)]), (3, [.init(alice: 0, bob: 3, count: 97)]),
        (-3, [.init(alice: 3, bob: 0, count: 97)]), (100, []),
    ])
    func `without numbers, places are paired, shifted by the delay`(_ delay: Int, _ runs: [SymbolRuns.Run]) {
        let plain = RecordingMetadata(layout: .oneQuadrature)
        #expect(SymbolRuns(alice: plain, symbols: 100, bob: plain, symbols: 100, delay: delay).runs == runs)
    }

    @Test func `numbers of the session decide, whatever the files leave out`() {
        let alice = Self.metadata([(0, 1000), (100, 1200)])
        let bob = Self.metadata([(0, 1050), (20, 1190)])
        let found = SymbolRuns(alice: alice, symbols: 200, bob: bob, symbols: 60, delay: 0)
        #expect(found.isNumbered)
        #expect(found.runs == [.init(alice: 50, bob: 0, count: 20), .init(alice: 100, bob: 30, count: 30)])
    }

    @Test func `segments that follow each other lose nothing to the delay`() {
        let both = Self.metadata([(0, 0), (50, 50)])
        let found = SymbolRuns(alice: both, symbols: 100, bob: both, symbols: 100, delay: 5)
        #expect(found.runs == [.init(alice: 0, bob: 5, count: 95)])
    }

    @Test func `a file with numbers and one without are paired by their places`() {
        let found = SymbolRuns(
            alice: Self.metadata([(0, 7)]), symbols: 10, bob: Self.metadata([(0, nil)]), symbols: 10, delay: 0)
        #expect(!found.isNumbered && found.runs == [.init(alice: 0, bob: 0, count: 10)])
    }
}
