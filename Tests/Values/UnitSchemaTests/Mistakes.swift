/// Everything that a schema can have wrong, by kind.
enum Mistakes {
    private static let entity = "<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>\n<sbe:messageSchema"

    static let markup = [
        Mistake("not XML", "<sbe:messageSchema", "sbe:messageSchema", "1: not XML: an element is expected"),
        Mistake("element not closed", "</types>", "", "52: not XML: </sbe:messageSchema> does not end <types>"),
        Mistake("no quotes", "id=\"7\"", "id=7", "1: not XML: the value of 'id' is not in quotes"),
        Mistake(
            "attribute twice", "name=\"Mode\"", "name=\"Mode\" name=\"Mode\"", "26: attribute 'name' is given twice"),
        Mistake(
            "external entity", "<sbe:messageSchema", entity,
            "1: document type declarations and processing instructions are not allowed"),
        Mistake("unknown entity", "\"A range\"", "\"A &range;\"", "18: reference '&range;' is not allowed"),
        Mistake(
            "processing instruction", "<types>", "<types><?run it?>",
            "2: declarations and processing instructions are not allowed here"),
        Mistake("comment not closed", "<types>", "<types><!-- ", "2: not XML: the comment does not end"),
        Mistake(
            "text behind the end", "</sbe:messageSchema>", "</sbe:messageSchema>x",
            "52: not XML: text behind the root element"),
    ]

    static let grammar = [
        Mistake(
            "wrong namespace", "fixprotocol.io/2016/sbe", "fixprotocol.io/2009/sbe",
            "1: prefix 'sbe' does not stand for the namespace http://fixprotocol.io/2016/sbe"),
        Mistake(
            "no namespace", Fixtures.base, Fixtures.base.replacing("sbe:messageSchema", with: "messageSchema"),
            "1: root element is <messageSchema>, not messageSchema of namespace http://fixprotocol.io/2016/sbe"),
        Mistake(
            "message without prefix", "</types>", "</types><message name=\"A\" id=\"9\"/>",
            "34: unknown element <message> without its namespace prefix in <messageSchema>"),
        Mistake("unknown element", "<types>", "<types><record/>", "2: unknown element <record> in <types>"),
        Mistake(
            "element in the wrong place", "<types>", "<types><field/>", "2: <field> is not allowed here in <types>"),
        Mistake(
            "unknown attribute", "name=\"Level\"", "name=\"Level\" scale=\"2\"",
            "22: unknown attribute 'scale' of <type>"),
        Mistake(
            "missing attribute", "name=\"count\" id=\"5\"", "name=\"count\"", "40: <field> lacks the attribute 'id'"),
        Mistake("text in a wrong place", "<types>", "<types>text", "2: text inside <types> is not allowed"),
        Mistake(
            "big-endian", "version=\"1\"", "version=\"1\" byteOrder=\"bigEndian\"",
            "1: byteOrder bigEndian is not supported"),
        Mistake("id is no number", "id=\"7\"", "id=\"seven\"", "1: id 'seven' is not a number from 0 to 65535"),
        Mistake("id is too large", "id=\"7\"", "id=\"65536\"", "1: id '65536' is not a number from 0 to 65535"),
        Mistake(
            "no description", "offset=\"10\" description=\"Count\"", "offset=\"10\"",
            "40: <field> 'count' has no description"),
        Mistake(
            "empty description", "description=\"Count\"", "description=\"\"", "40: <field> 'count' has no description"),
        Mistake(
            "description with a comment", "\"Count\"", "\"Count */\"",
            "40: <field>: the description would begin or end a comment of C"),
        Mistake(
            "a reply that does not exist", "<sbe:message name", "<sbe:message semanticType=\"request Nobody\" name",
            "35: message 'Reading': its reply 'Nobody' is not a message"),
        Mistake(
            "types behind messages", "</sbe:messageSchema>", "<types/></sbe:messageSchema>",
            "52: <types> behind <message> in <messageSchema>"),
    ]

    static let names = [
        Mistake("type twice", "name=\"Text8\"", "name=\"Celsius\"", "24: type 'Celsius' is defined twice"),
        Mistake(
            "type named like a primitive", "name=\"Celsius\"", "name=\"uint8\"",
            "23: type 'uint8' has the name of a primitive type"),
        Mistake("message twice", "name=\"Ping\"", "name=\"Reading\"", "49: message 'Reading' is defined twice"),
        Mistake(
            "message id twice", "name=\"Ping\" id=\"2\"", "name=\"Ping\" id=\"1\"", "49: message 'Ping': id 1 is taken"),
        Mistake(
            "message named like a type", "name=\"Ping\"", "name=\"Mode\"",
            "49: message 'Mode' has the name of type 'Mode'"),
        Mistake("field twice", "name=\"flags\"", "name=\"mode\"", "39: Reading.mode is defined twice"),
        Mistake(
            "field id twice", "name=\"flags\" id=\"4\"", "name=\"flags\" id=\"3\"", "39: Reading.flags: id 3 is taken"),
        Mistake("data id is a field's", "id=\"30\"", "id=\"8\"", "47: Reading.blob: id 8 is taken"),
        Mistake("value twice", "name=\"On\"", "name=\"Off\"", "28: Mode.Off is defined twice"),
        Mistake("value's number twice", ">1</validValue>", ">0</validValue>", "28: Mode.On: 0 is taken"),
        Mistake("choice twice", "name=\"Cold\"", "name=\"Hot\"", "32: Flags.Hot is defined twice"),
        Mistake("choice's bit twice", ">1</choice>", ">0</choice>", "32: Flags.Cold: bit 0 is taken"),
        Mistake("member twice", "<ref name=\"high\"", "<ref name=\"low\"", "20: Interval.low is defined twice"),
        Mistake(
            "word of Swift", "name=\"flags\"", "name=\"guard\"", "39: name 'guard' is a reserved word of Swift or C"),
        Mistake(
            "word of C", "name=\"flags\"", "name=\"register\"", "39: name 'register' is a reserved word of Swift or C"),
        Mistake(
            "character in a name", "name=\"flags\"", "name=\"fl-ags\"",
            "39: name 'fl-ags' is not of letters and digits, a letter first"),
        Mistake(
            "upper-case field", "name=\"flags\"", "name=\"Flags\"",
            "39: name 'Flags' does not begin with a lower-case letter"),
        Mistake(
            "lower-case message", "name=\"Ping\"", "name=\"ping\"",
            "49: name 'ping' does not begin with an upper-case letter"),
        Mistake(
            "long name", "name=\"flags\"", "name=\"f\(String(repeating: "o", count: 64))\"",
            "39: name 'foooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo' is longer than 64"),
    ]

    static let types = [
        Mistake("unknown type", "type=\"Text8\"", "type=\"Text9\"", "43: Reading.label: unknown type 'Text9'"),
        Mistake(
            "unknown primitive", "primitiveType=\"double\"", "primitiveType=\"decimal\"",
            "23: type 'Celsius': 'decimal' is not a primitive type"),
        Mistake(
            "unknown encoding", "<enum name=\"Mode\" encodingType=\"uint8\"", "<enum name=\"Mode\" encodingType=\"u8\"",
            "26: enum 'Mode': encodingType 'u8' is not possible"),
        Mistake(
            "signed set", "<set name=\"Flags\" encodingType=\"uint8\"", "<set name=\"Flags\" encodingType=\"int8\"",
            "30: set 'Flags': encodingType 'int8' is not possible"),
        Mistake(
            "characters without length", "name=\"Text8\" primitiveType=\"char\" length=\"8\"",
            "name=\"Text8\" primitiveType=\"char\"", "24: type 'Text8' of char has no length"),
        Mistake(
            "length 0", "primitiveType=\"char\" length=\"8\"", "primitiveType=\"char\" length=\"0\"",
            "24: type 'Text8' has length 0, which only data of variable length has"),
        Mistake(
            "length too large", "length=\"8\"", "length=\"5000\"", "24: length '5000' is not a number from 0 to 4096"),
        Mistake(
            "header of another layout", "name=\"templateId\" primitiveType=\"uint16\"",
            "name=\"templateId\" primitiveType=\"uint32\"",
            "1: header type 'messageHeader' is not blockLength, templateId, schemaId, version, all uint16"),
        Mistake(
            "no header", "name=\"messageHeader\"", "name=\"header\"",
            "1: header type 'messageHeader' is not a composite of the schema"),
        Mistake(
            "dimension of another layout", "name=\"numInGroup\"", "name=\"entries\"",
            "44: dimension type 'groupSizeEncoding' is not blockLength, numInGroup, both uint16, then padding to 8 bytes"
        ),
        Mistake(
            "unknown dimension", "dimensionType=\"groupSizeEncoding\"", "dimensionType=\"size\"",
            "44: dimension type 'size' is not a composite of the schema"),
        Mistake(
            "data of fixed size", "type=\"varDataEncoding\"", "type=\"Interval\"",
            "47: Reading.blob: type 'Interval' is not a length and varData of length 0"),
        Mistake(
            "field of variable size", "type=\"Interval\" offset", "type=\"varDataEncoding\" offset",
            "42: Reading.interval: data of variable length is not a field"),
        Mistake(
            "composite in a composite", "<ref name=\"high\" type=\"Level\"/>",
            "<ref name=\"high\" type=\"messageHeader\"/>", "20: Interval.high: composites do not nest"),
        Mistake(
            "unknown reference", "<ref name=\"high\" type=\"Level\"/>", "<ref name=\"high\" type=\"Height\"/>",
            "20: Interval.high: unknown type 'Height'"),
        Mistake(
            "enum without values",
            "<validValue name=\"Off\" description=\"Off\">0</validValue>\n      <validValue name=\"On\" description=\"On\">1</validValue>",
            "", "26: enum 'Mode' has no values"),
    ]

    static let values = [
        Mistake(
            "value out of range", ">1</validValue>", ">256</validValue>", "28: Mode.On: '256' is not a value of uint8"),
        Mistake("value is null", ">1</validValue>", ">255</validValue>", "28: Mode.On: 255 is the null value of uint8"),
        Mistake(
            "value is no number", ">1</validValue>", ">one</validValue>", "28: Mode.On: 'one' is not a value of uint8"),
        Mistake("bit out of range", ">1</choice>", ">8</choice>", "32: Flags.Cold: '8' is not a bit of uint8"),
        Mistake(
            "minimum above maximum", "minValue=\"-5\"", "minValue=\"6\"",
            "22: type 'Level': minValue 6 is above maxValue 5"),
        Mistake(
            "bound is no number", "minValue=\"-273.15\"", "minValue=\"cold\"",
            "23: type 'Celsius': minValue 'cold' is not a value of double"),
        Mistake(
            "bound is infinite", "minValue=\"-273.15\"", "minValue=\"-inf\"",
            "23: type 'Celsius': minValue '-inf' is not a value of double"),
        Mistake(
            "bound out of range", "minValue=\"-5\"", "minValue=\"-3000000000\"",
            "22: type 'Level': minValue '-3000000000' is not a value of int32"),
        Mistake(
            "null inside the range", "maxValue=\"5\"", "maxValue=\"5\" nullValue=\"0\"",
            "22: type 'Level': null value 0 lies inside the range"),
        Mistake(
            "range of characters", "length=\"8\"", "length=\"8\" minValue=\"65\"",
            "24: type 'Text8': characters have no range"),
        Mistake(
            "unknown presence", "presence=\"constant\"", "presence=\"always\"",
            "25: presence 'always' is not required, optional or constant"),
        Mistake("constant without value", ">4660<", "><", "25: constant 'Magic' has no value"),
        Mistake("constant out of range", ">4660<", ">65536<", "25: constant 'Magic': '65536' is not a value of uint16"),
        Mistake(
            "value without constant", "presence=\"constant\" description=\"Constant\">", "description=\"Constant\">",
            "25: type 'Magic' has a value and is not constant"),
        Mistake(
            "constant refers to nothing", "type=\"Mode\" offset=\"8\"",
            "type=\"Mode\" presence=\"constant\" valueRef=\"Mode.Dim\"",
            "38: Reading.mode: valueRef 'Mode.Dim' is not a value of 'Mode'"),
        Mistake(
            "optional set", "type=\"Flags\" offset", "type=\"Flags\" presence=\"optional\" offset",
            "39: Reading.flags: type 'Flags' has no null value"),
    ]

    static let layout = [
        Mistake(
            "offset not aligned", "offset=\"10\"", "offset=\"11\"",
            "40: Reading.count: offset 11 is not a multiple of 2"),
        Mistake(
            "offsets overlap", "offset=\"9\"", "offset=\"8\"", "39: Reading.flags: offset 8 overlaps what ends at 9"),
        Mistake(
            "gap", "offset=\"9\"", "offset=\"10\"", "39: Reading.flags: offset 10 leaves a gap behind 9: add padding"),
        Mistake(
            "field not aligned by itself", "type=\"uint16\" offset=\"10\"", "type=\"uint8\" offset=\"10\"",
            "41: Reading.level: offset 12 leaves a gap behind 11: add padding"),
        Mistake(
            "wrong block length", "blockLength=\"32\"", "blockLength=\"40\"",
            "35: Reading: blockLength is 40, the fields have 32 bytes"),
        Mistake(
            "block not a multiple of 8", "name=\"number\" id=\"1\" type=\"uint64\"",
            "name=\"number\" id=\"1\" type=\"uint32\"", "49: Ping: 4 bytes are not a multiple of 8: add padding"),
        Mistake(
            "entry not a multiple of 8", "name=\"value\" id=\"1\" type=\"double\"",
            "name=\"value\" id=\"1\" type=\"float\"", "44: Reading.items: 4 bytes are not a multiple of 8: add padding"),
        Mistake(
            "version not a multiple of 8",
            "type=\"Interval\" offset=\"16\" description=\"Interval\"/>\n    <field name=\"label\" id=\"8\" type=\"Text8\" offset=\"24\"",
            "type=\"Level\" offset=\"16\" description=\"Interval\"/>\n    <field name=\"label\" id=\"8\" type=\"Text8\" offset=\"20\"",
            "35: Reading: 28 bytes are not a multiple of 8: add padding"),
        Mistake(
            "composite not a multiple of its alignment", "name=\"low\" primitiveType=\"int32\"",
            "name=\"low\" primitiveType=\"int64\"",
            "18: composite 'Interval' of 12 bytes is not a multiple of 8: add padding"),
    ]

    static let structure = [
        Mistake(
            "group in a group", "description=\"Value\"/>",
            "description=\"Value\"/><group name=\"inner\" id=\"2\" description=\"d\"/>",
            "45: Reading.items: a group holds fields only, not <group>"),
        Mistake(
            "data in a group", "description=\"Value\"/>",
            "description=\"Value\"/><data name=\"d\" id=\"2\" type=\"varDataEncoding\" description=\"d\"/>",
            "45: Reading.items: a group holds fields only, not <data>"),
        Mistake(
            "field behind a group", "<data name=\"blob\"",
            "<field name=\"late\" id=\"9\" type=\"uint64\" description=\"d\"/><data name=\"blob\"",
            "47: <field> behind <group> in <message>"),
        Mistake(
            "group behind data", "</sbe:message>", "<group name=\"late\" id=\"31\" description=\"d\"/></sbe:message>",
            "48: <group> behind <data> in <message>"),
        Mistake(
            "group in the types", "<types>", "<types><group name=\"g\" id=\"1\"/>",
            "2: <group> is not allowed here in <types>"),
    ]

    static let versions = [
        Mistake(
            "version above the schema's", "sinceVersion=\"1\"", "sinceVersion=\"2\"",
            "43: sinceVersion 2 is above the schema's version 1"),
        Mistake(
            "version is no number", "sinceVersion=\"1\"", "sinceVersion=\"later\"",
            "43: sinceVersion 'later' is not a version"),
        Mistake(
            "versions decrease", "type=\"Level\" offset=\"12\"", "type=\"Level\" offset=\"12\" sinceVersion=\"1\"",
            "42: Reading.interval: sinceVersion 0 is below 1, that of what precedes it"),
        Mistake(
            "deprecated before it was added", "sinceVersion=\"1\"", "sinceVersion=\"1\" deprecated=\"0\"",
            "43: deprecated '0' is not a version from 1 to 1"),
        Mistake(
            "group moves data", "<group name=\"items\" id=\"20\"", "<group name=\"items\" id=\"20\" sinceVersion=\"1\"",
            "47: Reading.blob is older than a group before it, which it would move"),
    ]
}
