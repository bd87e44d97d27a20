import Foundation
import PythonScripts
import SignalRecordings
import Testing

struct RecordingWriterTests {
    static let pair: [Int16] = [1, 2]

    static func metadata() -> RecordingMetadata {
        var metadata = RecordingMetadata(layout: .bothQuadratures, kind: .signal)
        metadata.symbolRate = 1e6
        metadata.unitSerial = "B-0001"
        metadata.localOscillatorPower = 0.01
        metadata.opticalFrequency = 193.4e12
        metadata.emulated = true
        metadata.session = 0xfedc_ba98_7654_3210
        metadata.purpose = .test
        metadata.detection = "heterodyne"
        (metadata.efficiency, metadata.efficiencySigma) = (0.6, 0.01)
        (metadata.clipLow, metadata.clipHigh) = (-8191, 8191)
        (metadata.filter, metadata.delay) = (7, -3)
        metadata.began = Date(timeIntervalSince1970: 1_800_000_000.25)
        (metadata.description, metadata.hardware, metadata.recorder) = ("a", "b", "c")
        return metadata
    }

    static func write(_ path: String, replacing: Bool = false, first: Int16 = 0) throws -> RecordingMetadata {
        var writer = try RecordingWriter(path, metadata(), replacing: replacing)
        let block = (0..<2000).map { Int16($0) + first }
        try writer.add(block.span, symbolIndex: 5000)
        try writer.add(block.span, symbolIndex: 6000)
        writer.declareLoss(of: 123, at: 7000)
        try writer.add(block.span, symbolIndex: 7123)
        return try writer.finish()
    }

    @Test func `what is written is read back, with segments and gaps`() throws {
        let folder = try Folder()
        let written = try Self.write(folder.base())
        #expect(written.segments == [.init(start: 0, symbolIndex: 5000), .init(start: 2000, symbolIndex: 7123)])
        #expect(written.gaps == [.init(start: 2000, symbolIndex: 7000, missing: 123)])
        #expect(folder.names == ["r.sigmf-data", "r.sigmf-meta"])
        for name in ["r", "r.sigmf-meta", "r.sigmf-data"] {
            #expect(try opening(folder.base(name)) == written)
        }
        let samples = try allSamples(folder.base())
        #expect(samples.count == 6000 && samples[2000] == 0 && samples[5999] == 1999)
        let recording = try SignalRecording(folder.base())
        #expect(recording.symbols == 3000)
        try recording.verify()
    }

    @Test func `a file that is there stays, unless it may be replaced`() throws {
        let folder = try Folder()
        _ = try Self.write(folder.base())
        #expect(throws: RecordingError.exists(path: folder.base() + ".sigmf-meta")) { try Self.write(folder.base()) }
        _ = try Self.write(folder.base(), replacing: true, first: 1)
        #expect(try allSamples(folder.base())[0] == 1)
        #expect(folder.names.count == 2)
    }

    @Test func `a file that appears while recording stays too, and nothing is left beside it`() throws {
        let folder = try Folder()
        var writer = try RecordingWriter(folder.base(), Self.metadata(), replacing: false)
        try writer.add(Self.pair.span)
        try folder.put(meta: Folder.plain, data: nil)
        do {
            _ = try writer.finish()
            Issue.record("it replaced the file")
        } catch {
            #expect(error == .exists(path: folder.base() + ".sigmf-meta"))
        }
        #expect(folder.names == ["r.sigmf-meta"])
    }

    @Test func `a recording that is given up leaves nothing`() throws {
        let folder = try Folder()
        do {
            var writer = try RecordingWriter(folder.base(), Self.metadata(), replacing: false)
            try writer.add(Self.pair.span)
            #expect(folder.names.count == 1)
        }
        #expect(folder.names.isEmpty)
    }

    @Test func `no sample is no recording`() throws {
        let folder = try Folder()
        let writer = try RecordingWriter(folder.base(), Self.metadata(), replacing: false)
        do {
            _ = try writer.finish()
            Issue.record("it wrote an empty recording")
        } catch {
            #expect(error == .empty(data: folder.base() + ".sigmf-data"))
        }
        #expect(folder.names.isEmpty)
    }

    /// What the kernel says at the end of a disk it says at a process's own limit too: a process of its own, because the
    /// limit is everybody's in it.
    @Test func `a full disk is told with what was lost, and nothing is left`() async throws {
        await #expect(processExitsWith: .success) {
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
            precondition(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
            let folder = try Folder()
            do {
                var writer = try RecordingWriter(folder.base(), Self.metadata(), replacing: false)
                let block = [Int16](repeating: 3, count: 200_000)
                for _ in 0..<2 {
                    do {
                        try writer.add(block.span)
                        preconditionFailure("it wrote to a full disk")
                    } catch let error as RecordingError {
                        precondition(
                            error == .diskFull(path: folder.base() + ".sigmf-data", lostSymbols: 100_000), "\(error)")
                    }
                }
            }
            precondition(folder.names.isEmpty)
        }
    }

    @Test func `a name that is too long is refused before the samples come`() throws {
        let folder = try Folder()
        let path = folder.base(String(repeating: "n", count: 250))
        do {
            _ = try RecordingWriter(path, Self.metadata(), replacing: false)
            Issue.record("it began")
        } catch {
            #expect(error == .system(path: path + ".sigmf-data", operation: "writing", code: ENAMETOOLONG))
        }
        // The samples' name is the longest that there is; 'recording.PID.part' beside it would not be.
        _ = try Self.write(folder.base(String(repeating: "n", count: 255 - ".sigmf-data".utf8.count)))
        #expect(folder.names.count == 2)
    }

    @Test func `where a partial file was to be expected, a link is neither followed nor harmed`() throws {
        let folder = try Folder()
        let partial = "\(folder.base()).sigmf-data.\(getpid()).part"
        try FileManager.default.createSymbolicLink(atPath: partial, withDestinationPath: folder.base("victim"))
        _ = try Self.write(folder.base())
        #expect(folder.names == ["r.sigmf-data", "r.sigmf-data.\(getpid()).part", "r.sigmf-meta"])
    }

    @Test func `sigmf of PyPI validates what we write, checksum and extension included`() throws {
        let folder = try Folder()
        _ = try Self.write(folder.base())
        var basis = RecordingMetadata(layout: .bytes, kind: .basis)
        basis.symbolRate = 1e6
        let choices: [UInt8] = [0, 1, 1]
        var bytes = try RecordingWriter(folder.base("basis"), basis, replacing: false)
        try bytes.add(choices.span)
        _ = try bytes.finish()
        var one = try RecordingWriter(
            folder.base("one"), RecordingMetadata(layout: .oneQuadrature, kind: .vacuum), replacing: false)
        try one.add(Self.pair.span)
        _ = try one.finish()
        let script = """
            import sys, numpy, sigmf
            from sigmf import sigmffile, validate
            for name in ('r', 'basis', 'one'):
                f = sigmffile.fromfile(sys.argv[1] + '/' + name)
                f.validate()
                assert [e['name'] for e in f.get_global_field('core:extensions')] == ['cvqkd']
                assert len(f.get_global_field('core:sha512')) == 128
            f = sigmffile.fromfile(sys.argv[1] + '/r', autoscale=False)
            s = f.read_samples()
            assert len(s) == 3000 and s[999] == 1998 + 1999j, s[999]
            assert [c.get('core:global_index') for c in f.get_captures()] == [5000, 7123]
            assert f.get_annotations()[0]['cvqkd:missing_symbols'] == 123
            assert f.get_global_field('cvqkd:optical_frequency') == 193.4e12
            assert list(sigmffile.fromfile(sys.argv[1] + '/one', autoscale=False).read_samples()) == [1, 2]
            print('valid')
            """
        let result = try Python.run(script, [folder.path], warnings: "error")
        #expect(result.status == 0 && result.output == "valid\n", "\(result.output)\(result.errors)")
    }
}
