public import LinkOperation
internal import QuadratureAnalysis
public import SignalAnalysis
public import UnitControl
internal import UnitProtocol
internal import UnitTransport

/// A receiver's captures in the dark and with its local oscillator on, for its spectrum; light down at the end.
public struct ReceiverCapture: Sendable {
    /// What happens.
    public enum Event: Sendable {
        /// V_off is captured.
        case dark
        /// The light comes up.
        case warmingUp
        /// V_on is captured, with the shutter closed.
        case vacuum
    }

    /// As many as a spectrum of the usual segments needs: 0.2 dB of scatter in each bin.
    public static let usualSamples: UInt32 = 1_000_000

    private let samples: UInt32?
    private let end: EndRequest
    private let tell: @Sendable (Event) -> Void

    /// Captures of so many samples, as many as are usual if nil.
    public init(samples: UInt32?, until end: EndRequest, _ tell: @escaping @Sendable (Event) -> Void) {
        self.samples = samples
        self.end = end
        self.tell = tell
    }

    /// The spectrum of a unit that is open, by segments of `length` samples. Throws `.ended` if the end was requested before
    /// both captures were there. Cancelling the task that performs it requests the end.
    public func spectrum(of unit: Unit, length: Int) async throws(LiveRecordingFailure) -> SpectrumResult {
        let (dark, vacuum) = try await end.inOrder(by: unit.clock) { () async throws(LiveRecordingFailure) in
            try await unit.lightDownAfter { () async throws(LiveRecordingFailure) in try await captures(unit) }
        }
        let detection: QuadratureAnalysis.Detection = vacuum.header.format == .xp16 ? .heterodyne : .homodyne
        let stated = vacuum.header.sampleRate
        let rate = stated.isFinite && stated > 0 ? stated : nil
        func spectrum(_ capture: CapturedSamples) throws(SignalAnalysisFailure) -> PowerSpectrum {
            try SpectrumResult.spectrum(capture.samples.span, detection: detection, sampleRate: rate, length: length)
        }
        let identity = unit.identity
        do throws(SignalAnalysisFailure) {
            return SpectrumResult(
                sampleRate: rate, detection: detection, length: length, off: try spectrum(dark),
                on: try spectrum(vacuum), names: [identity.serial],
                remarks: identity.isEmulated ? [.emulated(name: identity.serial)] : [])
        } catch {
            throw .analysis(error)
        }
    }

    private func captures(_ unit: Unit) async throws(LiveRecordingFailure) -> (CapturedSamples, CapturedSamples) {
        do throws(LiveRecordingFailure) {
            return try await end.cancellable { () async throws(LiveRecordingFailure) in try await capture(unit) }
        } catch {
            // What the end cancelled fails in many ways.
            throw end.isRequested ? .ended : error
        }
    }

    private func capture(_ unit: Unit) async throws(LiveRecordingFailure) -> (CapturedSamples, CapturedSamples) {
        try unit.requireReceiver()
        guard unit.identity.capabilities.contains(.shutter) else { throw .noShutter(serial: unit.identity.serial) }
        do throws(UnitError) {
            let capabilities = try await unit.capabilities()
            let count = samples ?? min(Self.usualSamples, capabilities.maximumCaptureSamples)
            try await unit.lightDown()
            tell(.dark)
            let dark = try await unit.capture(samples: count)
            tell(.warmingUp)
            try await unit.lightUp(.vacuum, within: capabilities.warmUpLimit)
            try await unit.waitForShutter(capabilities)
            tell(.vacuum)
            let vacuum = try await unit.capture(samples: count)
            try vacuum.requireFormat(of: dark)
            return (dark, vacuum)
        } catch {
            throw .unit(error)
        }
    }
}
