import SignalRecordings
import Testing

struct RecordingAgreementTests {
    typealias Party = RecordingAgreement.Party

    @Test func `recordings of different symbol rates do not belong together`() {
        var (a, b) = (RecordingMetadata(layout: .oneQuadrature), RecordingMetadata(layout: .oneQuadrature))
        (a.symbolRate, b.symbolRate) = (1e6, 2e6)
        let error = RecordingError.disagreement(
            field: "cvqkd:symbol_rate", first: "off", firstValue: "1000000.0", second: "on", secondValue: "2000000.0")
        #expect(throws: error) { try RecordingAgreement.requireSameReceiver(Party("off", a), Party("on", b)) }
        #expect(throws: error) { try RecordingAgreement.requireSameSession(Party("off", a), Party("on", b)) }
    }

    @Test func `one filter has one variance at all rates, and a spectrum at each`() throws {
        var (a, b) = (RecordingMetadata(layout: .oneQuadrature), RecordingMetadata(layout: .oneQuadrature))
        (a.symbolRate, b.symbolRate, a.filter, b.filter) = (1e7, 2e6, 1, 1)
        try RecordingAgreement.requireSameReceiver(Party("off", a), Party("on", b))
        let rate = RecordingError.disagreement(
            field: "cvqkd:symbol_rate", first: "off", firstValue: "10000000.0", second: "on", secondValue: "2000000.0")
        #expect(throws: rate) { try RecordingAgreement.requireSameBand(Party("off", a), Party("on", b)) }
        b.filter = 2
        let filter = RecordingError.disagreement(
            field: "cvqkd:filter", first: "off", firstValue: "1", second: "on", secondValue: "2")
        #expect(throws: filter) { try RecordingAgreement.requireSameReceiver(Party("off", a), Party("on", b)) }
        b.filter = nil
        #expect(throws: rate) { try RecordingAgreement.requireSameReceiver(Party("off", a), Party("on", b)) }
    }

    @Test func `one quadrature and two do not belong together`() {
        let (a, b) = (RecordingMetadata(layout: .oneQuadrature), RecordingMetadata(layout: .bothQuadratures))
        #expect(throws: RecordingError.self) {
            try RecordingAgreement.requireSameReceiver(Party("off", a), Party("on", b))
        }
    }

    @Test func `what a file does not say is no disagreement`() throws {
        var (a, b) = (RecordingMetadata(layout: .oneQuadrature), RecordingMetadata(layout: .oneQuadrature))
        (a.symbolRate, a.unitSerial, a.scale, b.session) = (1e6, "B-1", 0.001, 4)
        try RecordingAgreement.requireSameReceiver(Party("off", a), Party("on", b))
        try RecordingAgreement.requireSameSession(Party("off", a), Party("on", b))
        b.scale = 0.002
        #expect(throws: RecordingError.self) {
            try RecordingAgreement.requireSameSession(Party("modulation", a), Party("signal", b))
        }
        #expect(throws: RecordingError.self) {
            try RecordingAgreement.requireSameReceiver(Party("off", a), Party("on", b))
        }
    }
}
