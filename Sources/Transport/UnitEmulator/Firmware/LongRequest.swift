internal import UnitProtocol

/// A long request that runs: what it is, who waits for it and when it is done.
struct LongRequest {
    /// What is being done, with what the answer needs.
    enum Task {
        case capture(CaptureMemory)
        case moments(MeasureMoments, start: UInt64)
        case selfTest
    }

    var task: Task
    var asker: UnitFirmware.Asker
    /// ns of the clock.
    var due: UInt64

    var activity: Activity {
        switch task {
        case .capture: .capturing
        case .moments: .measuringMoments
        case .selfTest: .selfTesting
        }
    }

    /// The request's number in the schema.
    var request: UInt16 {
        switch task {
        case .capture: Capture.templateID
        case .moments: MeasureMoments.templateID
        case .selfTest: RunSelfTest.templateID
        }
    }
}

/// Samples that a capture left in the unit's memory.
struct CaptureMemory {
    var id: UInt32
    var format: SampleFormat
    var light: LightSet
    var localOscillatorPower: Double
    var sampleRate: Double
    var deviceTime: UInt64
    var samples: [Int16]
}
