import LocalUnits
import QuadratureAnalysis
import SignalAnalysis
import UnitControl
import UnitProtocol
import UnitTransport

/// A receiver measured dark and with its local oscillator on, for its spectrum: two captures, then lights out.
struct SpectrumMeasurement: Sendable {
    let unit: UnitSelector
    let samples: UInt32?
    let live: LiveLine

    /// As many as a spectrum of the usual segments needs: 0.2 dB of scatter in each bin.
    static let usualSamples: UInt32 = 1_000_000

    func perform(length: Int) async throws -> SpectrumResult {
        let interruption = Interruption()
        let (samples, live) = (samples, live)
        let (identity, dark, vacuum) = try await interruption.withUnit(unit, task: "spectrum") { unit in
            try await unit.lightDownAfter {
                defer { live.end() }
                let (dark, vacuum) = try await interruption.cancellable { try await Self.capture(unit, samples, live) }
                return (unit.identity, dark, vacuum)
            }
        }
        return try Self.result(identity, dark, vacuum, length: length)
    }

    private static func capture(
        _ unit: Unit, _ samples: UInt32?, _ live: LiveLine
    ) async throws -> (CapturedSamples, CapturedSamples) {
        guard unit.identity.role == .bob else {
            throw UnitError.wrongRole(needed: .bob, found: unit.identity.role, serial: unit.identity.serial)
        }
        let capabilities = try await unit.capabilities()
        guard unit.identity.capabilities.contains(.shutter) else {
            throw CommandFailure(
                .refused,
                "\(unit.identity.serial) has no shutter: uncouple the fibre, cap the input, and use 'cvqkd record --kind vacuum'"
            )
        }
        let count = samples ?? min(Self.usualSamples, capabilities.maximumCaptureSamples)
        try await unit.lightDown()
        live.show("V_off, dark …")
        let dark = try await unit.capture(samples: count)
        live.show("warming up …")
        try await unit.lightUp(.vacuum, within: capabilities.warmUpLimit)
        // The unit's own figure for how long its shutter takes; twice that, since its clock is not ours.
        try await Task.sleep(
            for: .seconds(2 * max(0, capabilities.shutterSettling.isFinite ? capabilities.shutterSettling : 0)))
        live.show("V_on, shutter closed …")
        return (dark, try await unit.capture(samples: count))
    }

    private static func result(
        _ identity: UnitIdentity, _ dark: CapturedSamples, _ vacuum: CapturedSamples, length: Int
    ) throws -> SpectrumResult {
        let detection: QuadratureAnalysis.Detection = vacuum.header.format == .xp16 ? .heterodyne : .homodyne
        let stated = vacuum.header.sampleRate
        let rate = stated.isFinite && stated > 0 ? stated : nil
        func spectrum(_ capture: CapturedSamples) throws(SignalAnalysisFailure) -> PowerSpectrum {
            try SpectrumResult.spectrum(capture.samples.span, detection: detection, sampleRate: rate, length: length)
        }
        return SpectrumResult(
            sampleRate: rate, detection: detection, length: length, off: try spectrum(dark), on: try spectrum(vacuum),
            names: [identity.serial], remarks: identity.isEmulated ? [.emulated(name: identity.serial)] : [])
    }
}
