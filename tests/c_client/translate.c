/* Translates lines with an export, through TensorFlow's C API: no Python, and nothing but C.
 *
 *     translate EXPORT/VERSION SENTENCEPIECE_LIBRARY < lines.txt
 *
 * prints for each line of standard input its translation, a tab and its score. The library is TensorFlow Text's
 * _sentencepiece_tokenizer.so, which holds the tokenizer's operations. docs/export.md tells how to build this.
 *
 * The export's names for its tensors differ from export to export. They stand in its signature, in the MetaGraphDef
 * that TensorFlow hands back as bytes; the few fields that lead to them are read here by hand.
 */

#define _POSIX_C_SOURCE 200809L /* getline */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/tf_tstring.h"

static void fail(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fputs("translate: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(1);
}

static void check(const TF_Status *status, const char *wrong, const char *given, const char *right) {
    if (TF_GetCode(status) != TF_OK) fail("%s — given %s (%s) — %s", wrong, given, TF_Message(status), right);
}

static void *allocated(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (memory == NULL) fail("no memory — given %zu x %zu bytes to allocate — give fewer lines", count, size);
    return memory;
}

/* --- Protocol buffers: a message is a sequence of fields, each a number and a value -------------------------------- */

typedef struct {
    const unsigned char *start, *end;
} Bytes;

/* What a signature is made of, from tensorflow/core/protobuf/meta_graph.proto. */
enum {
    META_GRAPH_SIGNATURES = 5, /* map<string, SignatureDef> */
    SIGNATURE_INPUTS = 1,      /* map<string, TensorInfo> */
    SIGNATURE_OUTPUTS = 2,     /* map<string, TensorInfo> */
    TENSOR_INFO_NAME = 1,      /* string, "operation:output" */
    MAP_KEY = 1,
    MAP_VALUE = 2
};
enum { VARINT = 0, EIGHT_BYTES = 1, LENGTH_AND_BYTES = 2, FOUR_BYTES = 5 };

static uint64_t take_varint(Bytes *rest) {
    uint64_t value = 0;
    for (int shift = 0; rest->start < rest->end && shift < 64; shift += 7) {
        unsigned char byte = *rest->start++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    fail("the graph's description is torn — given a number without an end — export the run again");
    return 0;
}

/* Takes one field off the front of a message; 0 at its end. The value of a field that is a number is left empty. */
static int take_field(Bytes *rest, uint64_t *number, Bytes *value) {
    if (rest->start == rest->end) return 0;
    uint64_t tag = take_varint(rest), kind = tag & 7, length = 0;
    *number = tag >> 3;
    if (kind == VARINT) take_varint(rest);
    else if (kind == EIGHT_BYTES) length = 8;
    else if (kind == FOUR_BYTES) length = 4;
    else if (kind == LENGTH_AND_BYTES) length = take_varint(rest);
    else fail("the graph's description is torn — given a field of kind %" PRIu64 " — export the run again", kind);
    if (length > (uint64_t)(rest->end - rest->start))
        fail("the graph's description is torn — given a field of %" PRIu64 " bytes — export the run again", length);
    value->start = rest->start;
    value->end = rest->start += length;
    return 1;
}

/* The first field of that number in a message; empty if there is none, as protocol buffers leave out what is empty. */
static Bytes field(Bytes message, uint64_t wanted) {
    uint64_t number;
    Bytes value;
    while (take_field(&message, &number, &value))
        if (number == wanted) return value;
    return (Bytes){NULL, NULL};
}

/* The value of a key in the field of that number, which is a map: one field of (key, value) for each entry. */
static Bytes map_value(Bytes message, uint64_t wanted, const char *key) {
    uint64_t number;
    Bytes entry;
    while (take_field(&message, &number, &entry)) {
        if (number != wanted) continue;
        Bytes found = field(entry, MAP_KEY);
        if ((size_t)(found.end - found.start) == strlen(key) && !memcmp(found.start, key, strlen(key)))
            return field(entry, MAP_VALUE);
    }
    fail("the export lacks a name — given %s — give an export with text, made without --ids-only", key);
    return (Bytes){NULL, NULL};
}

/* --- The export ----------------------------------------------------------------------------------------------------- */

/* The tensor that an input or an output of a signature stands for. */
static TF_Output tensor_of(TF_Graph *graph, Bytes signature, uint64_t side, const char *key) {
    Bytes bytes = field(map_value(signature, side, key), TENSOR_INFO_NAME);
    size_t length = (size_t)(bytes.end - bytes.start);
    char *name = allocated(length + 1, 1);
    if (length) memcpy(name, bytes.start, length);
    char *colon = strrchr(name, ':');
    if (colon != NULL) *colon = '\0';
    TF_Output output = {TF_GraphOperationByName(graph, name), colon == NULL ? 0 : atoi(colon + 1)};
    if (output.oper == NULL) fail("the graph lacks an operation — given %s for %s — export the run again", name, key);
    free(name);
    return output;
}

/* --- Lines ---------------------------------------------------------------------------------------------------------- */

typedef struct {
    char **texts;
    size_t *lengths; /* bytes, without the line's end */
    size_t count;
} Lines;

static Lines read_lines(FILE *file) {
    Lines lines = {NULL, NULL, 0};
    size_t room = 0, capacity = 0;
    char *text = NULL;
    for (ssize_t length; (length = getline(&text, &capacity, file)) >= 0; text = NULL, capacity = 0) {
        if (lines.count == room) {
            room = 2 * room + 64;
            lines.texts = realloc(lines.texts, room * sizeof *lines.texts);
            lines.lengths = realloc(lines.lengths, room * sizeof *lines.lengths);
            if (lines.texts == NULL || lines.lengths == NULL)
                fail("no memory — given more than %zu lines — give fewer", lines.count);
        }
        if (length && text[length - 1] == '\n') length--;
        lines.texts[lines.count] = text;
        lines.lengths[lines.count++] = (size_t)length;
    }
    free(text);
    return lines;
}

/* One tensor of all lines, (lines,). Its strings are ours: whoever frees the tensor frees them first. */
static TF_Tensor *tensor_of_lines(const Lines *lines) {
    int64_t shape[] = {(int64_t)lines->count};
    TF_Tensor *tensor = TF_AllocateTensor(TF_STRING, shape, 1, lines->count * sizeof(TF_TString));
    if (tensor == NULL) fail("no memory — given %zu lines — give fewer", lines->count);
    TF_TString *strings = TF_TensorData(tensor);
    for (size_t line = 0; line < lines->count; line++) {
        TF_StringInit(&strings[line]);
        TF_StringCopy(&strings[line], lines->texts[line], lines->lengths[line]);
    }
    return tensor;
}

/* A translation is one line of one column, whatever is in it. */
static void print_translation(const TF_TString *translation, float score) {
    const char *text = TF_StringGetDataPointer(translation);
    for (size_t place = 0; place < TF_StringGetSize(translation); place++)
        putchar(text[place] == '\t' || text[place] == '\n' || text[place] == '\r' ? ' ' : text[place]);
    printf("\t%.6f\n", score);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: %s EXPORT/VERSION SENTENCEPIECE_LIBRARY < lines.txt\n", arguments[0]);
        return 2;
    }
    const char *folder = arguments[1], *library_path = arguments[2];
    TF_Status *status = TF_NewStatus();

    /* A graph whose operations are unknown cannot be read: the library comes first. */
    TF_Library *library = TF_LoadLibrary(library_path, status);
    check(status, "TensorFlow Text cannot be loaded", library_path, "give its _sentencepiece_tokenizer.so");

    const char *tags[] = {"serve"};
    TF_Graph *graph = TF_NewGraph();
    TF_SessionOptions *options = TF_NewSessionOptions();
    TF_Buffer *description = TF_NewBuffer();
    TF_Session *session = TF_LoadSessionFromSavedModel(options, NULL, folder, tags, 1, graph, description, status);
    check(status, "the export cannot be loaded", folder, "give the folder of one version, exports/NAME/1");

    Bytes meta_graph = {description->data, (const unsigned char *)description->data + description->length};
    Bytes signature = map_value(meta_graph, META_GRAPH_SIGNATURES, "serving_default");
    TF_Output input = tensor_of(graph, signature, SIGNATURE_INPUTS, "text");
    TF_Output outputs[] = {
        tensor_of(graph, signature, SIGNATURE_OUTPUTS, "translation"),
        tensor_of(graph, signature, SIGNATURE_OUTPUTS, "score"),
    };

    Lines lines = read_lines(stdin);
    TF_Tensor *texts = tensor_of_lines(&lines), *answers[2] = {NULL, NULL};
    TF_SessionRun(session, NULL, &input, &texts, 1, outputs, answers, 2, NULL, 0, NULL, status);
    check(status, "the lines cannot be translated", folder, "export the run again");
    const TF_TString *translations = TF_TensorData(answers[0]);
    const float *scores = TF_TensorData(answers[1]);
    for (size_t line = 0; line < lines.count; line++) print_translation(&translations[line], scores[line]);

    TF_TString *strings = TF_TensorData(texts);
    for (size_t line = 0; line < lines.count; line++) {
        TF_StringDealloc(&strings[line]);
        free(lines.texts[line]);
    }
    free(lines.texts);
    free(lines.lengths);
    TF_DeleteTensor(texts);
    TF_DeleteTensor(answers[0]);
    TF_DeleteTensor(answers[1]);
    TF_CloseSession(session, status);
    TF_DeleteSession(session, status);
    TF_DeleteBuffer(description);
    TF_DeleteSessionOptions(options);
    TF_DeleteGraph(graph);
    TF_DeleteLibraryHandle(library);
    TF_DeleteStatus(status);
    if (fflush(stdout) || ferror(stdout)) fail("the translations cannot be written — given standard output — free the disk");
    return 0;
}
