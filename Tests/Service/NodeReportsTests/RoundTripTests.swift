import Foundation
import NodeReports
import QuadratureAnalysis
import RecordedLinks
import SignalAnalysis
import Testing

/// A document that was read is the one that was written, and would be written in the same words again.
@Suite struct RoundTripTests {
    private func expectSame<Document: Codable & Equatable>(_ document: Document) throws {
        let text = try ReportJSON.text(document)
        let read = try ReportJSON.decoder().decode(Document.self, from: Data(text.utf8))
        #expect(read == document)
        #expect(try ReportJSON.text(read) == text)
    }

    @Test(arguments: [ReceiverModel.Trust.trusted, .untrusted]) func estimates(_ trust: ReceiverModel.Trust) throws {
        try expectSame(EstimateDocument(try Fixtures.estimate(trust)))
    }

    @Test(arguments: [ShotNoiseMethod.twoTime, .oneTime]) func `shot noise`(_ method: ShotNoiseMethod) throws {
        try expectSame(ShotNoiseAnalysisDocument(try Fixtures.receiver(method)))
    }

    @Test(arguments: [true, false]) func spectra(_ both: Bool) throws {
        try expectSame(SpectrumDocument(try Fixtures.spectrum(both: both), bands: 4))
    }

    @Test(arguments: Fixtures.plans.indices) func `key rates`(_ index: Int) throws {
        let plan = try Fixtures.plans[index].get()
        try expectSame(KeyRateDocument(plan.scenario, plan.result))
    }

    @Test func `sweeps, up to the longest`() throws {
        let document = try Fixtures.sweep(to: 100, step: 0.01)
        #expect(document.points.count == 10_001)
        try expectSame(document)
    }

    /// A density of 0 has no clearance.
    @Test func `what is not a number is no value, and stays none`() throws {
        let samples = (0..<64).map { Int16($0 % 3) }
        var flat = try SpectrumResult.spectrum(
            samples.span, detection: .homodyne, sampleRate: nil, length: 16)
        for bin in flat.density.indices { flat.density[bin] = 0 }
        let document = SpectrumDocument(
            SpectrumResult(
                sampleRate: nil, detection: .homodyne, length: 16, off: flat, on: flat, names: ["r"], remarks: []),
            bands: 2)
        #expect(document.bands[0].clearanceDecibels?.value == nil)
        try expectSame(document)
    }
}
