import CalibrationRecords
import Foundation
import Testing

@testable import cvqkd

/// The file of an unfinished installation: named after what two units say of themselves.
struct CommissioningFileTests {
    @Test(arguments: ["x/../../../escaped", "..", "/etc/cron.d/x", "a:b", "a\0b"])
    func `a serial number is no path`(serial: String) throws {
        let scratch = try Scratch()
        let folder = "\(scratch.path)/state"
        let file = CommissioningFile(StateFolder(folder), alice: serial, bob: "B-0001")
        #expect((file.path as NSString).deletingLastPathComponent == "\(folder)/commissioning")
        #expect(try file.read() == nil)
        let lock = try file.lock()
        lock.release()
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/commissioning")
        #expect(names.count == 1 && names[0].hasSuffix("-B-0001.json.lock"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["state"])
        let usual = CommissioningFile(StateFolder(folder), alice: "A-0001", bob: "B-0001")
        #expect(usual.path.hasSuffix("/A-0001-B-0001.json"))
    }

    @Test func `what is put aside replaces nothing, however often in a second`() throws {
        let scratch = try Scratch()
        let file = CommissioningFile(StateFolder(scratch.path), alice: "A", bob: "B")
        let now = Date(timeIntervalSince1970: 1_795_000_000)
        try file.lock().release()
        for text in ["one", "two", "three"] {
            try Data(text.utf8).write(to: URL(filePath: file.path))
            try file.putAside(at: now)
            #expect(access(file.path, F_OK) != 0)
        }
        try file.putAside(at: now)
        let folder = "\(scratch.path)/commissioning"
        let texts = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".old") }
            .map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
        #expect(Set(texts) == ["one", "two", "three"])
    }

    @Test func `a lock that another has names who`() throws {
        let scratch = try Scratch()
        let file = CommissioningFile(StateFolder(scratch.path), alice: "A", bob: "B")
        let held = try file.lock()
        #expect {
            _ = try file.lock()
        } throws: {
            ($0 as? CommandFailure)?.kind == .busy
                && ($0 as? CommandFailure)?.message.contains("pid \(getpid())") == true
        }
        held.release()
    }
}
