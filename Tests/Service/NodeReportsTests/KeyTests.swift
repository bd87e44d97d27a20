import Foundation
import NodeReports
import QuadratureAnalysis
import SignalAnalysis
import Testing

/// The keys that scripts are promised, by their literal names: one that vanishes, or comes, is a change for everybody.
@Suite struct KeyTests {
    private func object(_ document: some Encodable) throws -> [String: Any] {
        let data = try ReportJSON.encoder().encode(document)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func keys(_ text: String) -> Set<String> { Set(text.split(separator: " ").map(String.init)) }

    @Test func `an estimate`() throws {
        let document = try object(EstimateDocument(try Fixtures.estimate(.trusted)))
        #expect(
            Set(document.keys)
                == keys(
                    "budget clearanceDecibels delay delaySignificance detection efficiency efficiencySigma "
                        + "electronicNoise electronicVariance emulated epsilon excessNoise imagePower keyRate "
                        + "lossDecibels margin modulationVariance nullKeyExcessNoise phase receiver reasons "
                        + "reconciliation residualVariance shotNoiseVariance signalToNoise symbols transmittance "
                        + "vacuumVariance warnings"))
        let rates = try #require(document["keyRate"] as? [String: Any])
        #expect(
            Set(rates.keys)
                == keys("asymptotic blockSize finite finiteSizeCorrection finiteUnclamped keySymbols label"))
        let noise = try #require(document["excessNoise"] as? [String: Any])
        #expect(Set(noise.keys) == keys("plane samples sigma unit value worstCase"))
        #expect(noise["plane"] as? String == "input" && noise["unit"] as? String == "SNU")
        let shares = try #require(document["budget"] as? [[String: Any]])
        #expect(!shares.isEmpty)
        #expect(shares.allSatisfy { Set($0.keys) == keys("cause quantity sigma") })
        // No recording says whether it is of an emulated unit: null, and there.
        #expect(document["emulated"] is NSNull)
        for (key, unit) in [
            ("transmittance", "1"), ("electronicNoise", "SNU"), ("modulationVariance", "SNU"), ("signalToNoise", "1"),
            ("vacuumVariance", "LSB^2"), ("clearanceDecibels", "dB"),
        ] {
            #expect((document[key] as? [String: Any])?["unit"] as? String == unit, "\(key)")
        }
    }

    @Test func `an estimate without key says null, and why`() throws {
        let document = try object(EstimateDocument(try Fixtures.estimate(.untrusted)))
        #expect(document["nullKeyExcessNoise"] is NSNull && document["margin"] is NSNull)
        let reasons = try #require(document["reasons"] as? [String: String])
        #expect(
            reasons["nullKeyExcessNoise"]?.hasPrefix("no key even without excess noise at this block size: -") == true)
    }

    @Test func `shot noise`() throws {
        let document = try object(ShotNoiseAnalysisDocument(try Fixtures.receiver(.twoTime)))
        #expect(
            Set(document.keys)
                == keys(
                    "clearanceDecibels electronicNoise electronicVariance method off on shotNoiseVariance "
                        + "vacuumVariance warnings"))
        let off = try #require(document["off"] as? [String: Any])
        #expect(Set(off.keys) == keys("channels correlationInflation file kind missingSymbols symbols"))
        let channels = try #require(off["channels"] as? [[String: Any]])
        #expect(channels.map { $0["name"] as? String } == ["x", "p"])
        #expect(Set(channels[0].keys) == keys("clippedSamples correlations kurtosis mean name skewness variance"))
        #expect((channels[0]["mean"] as? [String: Any])?["unit"] as? String == "LSB")
        let oneTime = try object(ShotNoiseAnalysisDocument(try Fixtures.receiver(.oneTime)))
        #expect(Set(oneTime.keys).subtracting(document.keys) == ["electronicEfficiency"])
        #expect(oneTime["method"] as? String == "one-time")
    }

    @Test func `a spectrum`() throws {
        let document = try object(SpectrumDocument(try Fixtures.spectrum(both: true), bands: 4))
        #expect(
            Set(document.keys)
                == keys(
                    "bands files frequencies off offPower offSegments on overlap power quadratures resolution "
                        + "segmentLength segments sides warnings window"))
        let bands = try #require(document["bands"] as? [[String: Any]])
        #expect(bands.count == 4 && Set(bands[0].keys) == keys("clearanceDecibels difference from off on to"))
        #expect((document["frequencies"] as? [Double])?.count == 129)
        let single = try object(SpectrumDocument(try Fixtures.spectrum(both: false), bands: 4))
        #expect(Set(document.keys).subtracting(single.keys) == ["off", "offPower", "offSegments"])
    }

    @Test func `a key rate has every key, null or not`() throws {
        let all = keys(
            "asymptoticBitsPerSecond asymptoticKeyRate asymptoticNullKeyExcessNoise block detection efficiency "
                + "electronicNoise excessNoise excessNoiseWorstCase finiteBitsPerSecond finiteKeyRate "
                + "finiteKeyRateUnclamped finiteSizeCorrection holevoBound label lossDecibels margin "
                + "modulationVariance mutualInformation nullKeyExcessNoise reasons receiver reconciliation "
                + "signalToNoise symbolRate transmittance transmittanceWorstCase")
        for plan in Fixtures.plans {
            let (plan, null) = (try plan.get(), NSNull())
            let document = try object(KeyRateDocument(plan.scenario, plan.result))
            #expect(Set(document.keys) == all)
            #expect((document["block"] as? NSNull == null) == (plan.scenario.plan == nil))
            let noise = try #require(document["excessNoise"] as? [String: Any])
            #expect(Set(noise.keys) == keys("detector input output"))
        }
    }

    @Test func `a sweep`() throws {
        let document = try object(try Fixtures.sweep(to: 40, step: 20))
        #expect(
            Set(document.keys)
                == keys(
                    "asymptoticReachKilometres fibreLossDecibelsPerKilometre finiteReachKilometres label "
                        + "otherLossDecibels points reasons"))
        #expect(document["asymptoticReachKilometres"] is NSNull)
        let points = try #require(document["points"] as? [[String: Any]])
        #expect(points.map { $0["distanceKilometres"] as? Double } == [0, 20, 40])
        #expect(Set(points[0].keys) == ["distanceKilometres", "link"])
    }

    @Test func `a document of a program that did not know a key yet is read`() throws {
        let plan = try Fixtures.plans[1].get()
        var older = try object(KeyRateDocument(plan.scenario, plan.result))
        older["finiteBitsPerSecond"] = nil
        let read = try ReportJSON.decoder().decode(
            KeyRateDocument.self, from: try JSONSerialization.data(withJSONObject: older))
        #expect(read.finiteBitsPerSecond == nil && read.finiteKeyRate != nil)
    }

    @Test func `a document without what it is about is not read`() {
        #expect(throws: DecodingError.self) {
            _ = try ReportJSON.decoder().decode(KeyRateDocument.self, from: Data("{}".utf8))
        }
    }
}
