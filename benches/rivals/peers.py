"""The Python peers: how each is built, saved, loaded, swept and asked.

A peer is a class with `build(base, metric, threads)`, `save(path)`, `load(path, dim, metric)`, `sweep()` (settings from
cheap to dear), `set(setting, threads)`, `one(query, k)` and `many(queries, k)`; the last two return keys, best first.
`metric` is `ip` or `l2`: bench.py has normalised the rows where cosine was asked for, which is cheaper for a peer than
its own cosine. Graphs have M = 16 (32 links on level 0) and a construction width of 200. A library is imported when
it is used, so that one that isn't installed stops nobody else.
"""

import os

EFS = [10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 450, 640, 900, 1300]
NPROBES = [2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
M, EF_CONSTRUCTION, BUILD_SEED = 16, 200, 42


def lists_for(rows):
    """Inverted lists; the same number for every IVF, so that what is compared is the rest."""
    return 1024 if rows >= 100_000 else 512


class Hnswlib:
    def build(self, base, metric, threads):
        self.load(None, base.shape[1], metric)
        self.index.init_index(len(base), ef_construction=EF_CONSTRUCTION, M=M, random_seed=BUILD_SEED)
        self.index.add_items(base, num_threads=threads)

    def save(self, path):
        self.index.save_index(path)

    def load(self, path, dim, metric):
        import hnswlib

        self.index = hnswlib.Index(space=metric, dim=dim)
        if path:
            self.index.load_index(path)

    def sweep(self):
        return [{"ef": ef} for ef in EFS]

    def set(self, setting, threads):
        self.index.set_ef(setting["ef"])
        self.index.set_num_threads(threads)
        self.threads = threads

    def one(self, query, k):
        return self.index.knn_query(query, k, num_threads=1)[0][0]

    def many(self, queries, k):
        return self.index.knn_query(queries, k, num_threads=self.threads)[0]


class Faiss:
    factory = None

    def build(self, base, metric, threads):
        import faiss

        faiss.omp_set_num_threads(threads)
        kind = {"ip": faiss.METRIC_INNER_PRODUCT, "l2": faiss.METRIC_L2}[metric]
        rows, dim = base.shape
        self.index = faiss.index_factory(dim, self.factory.format(lists=lists_for(rows), half=dim // 2, m=M), kind)
        self.prepare()
        self.index.train(base)
        self.index.add(base)

    def prepare(self):
        pass

    def save(self, path):
        import faiss

        faiss.write_index(self.index, path)

    def load(self, path, dim, metric):
        import faiss

        self.index = faiss.read_index(path)

    def set(self, setting, threads):
        import faiss

        faiss.omp_set_num_threads(threads)
        self.apply(setting)

    def one(self, query, k):
        return self.index.search(query, k)[1][0]

    def many(self, queries, k):
        return self.index.search(queries, k)[1]


class FaissHnswFlat(Faiss):
    factory = "HNSW{m},Flat"

    def prepare(self):
        self.index.hnsw.efConstruction = EF_CONSTRUCTION

    def sweep(self):
        return [{"ef": ef} for ef in EFS]

    def apply(self, setting):
        self.index.hnsw.efSearch = setting["ef"]


class FaissIvfFlat(Faiss):
    factory = "IVF{lists},Flat"

    def sweep(self):
        return [{"nprobe": nprobe} for nprobe in NPROBES]

    def apply(self, setting):
        self.index.nprobe = setting["nprobe"]


class FaissIvfPqFastScanRefine(Faiss):
    factory = "IVF{lists},PQ{half}x4fs,RFlat"

    def sweep(self):
        return [{"nprobe": nprobe, "k_factor": k_factor} for nprobe in NPROBES[1:] for k_factor in (2, 4, 8, 16, 32)]

    def apply(self, setting):
        import faiss

        self.index.k_factor = setting["k_factor"]
        faiss.extract_index_ivf(self.index).nprobe = setting["nprobe"]


class Scann:
    tree = {}

    def build(self, base, metric, threads):
        import scann

        kind = {"ip": "dot_product", "l2": "squared_l2"}[metric]
        loss = {"anisotropic_quantization_threshold": 0.2} if metric == "ip" else {}
        self.index = (
            scann.scann_ops_pybind.builder(base, 10, kind)
            .set_n_training_threads(threads)
            .tree(lists_for(len(base)), 32, training_sample_size=250_000, **(self.tree if metric == "ip" else {}))
            .score_ah(2, **loss)
            .reorder(100)
            .build()
        )

    def save(self, path):
        os.makedirs(path, exist_ok=True)
        self.index.serialize(path)

    def load(self, path, dim, metric):
        import scann

        self.index = scann.scann_ops_pybind.load_searcher(path)

    def sweep(self):
        return [{"leaves": leaves, "reorder": reorder} for leaves in NPROBES[1:] for reorder in (20, 40, 80, 160, 320)]

    def set(self, setting, threads):
        self.setting = {"leaves_to_search": setting["leaves"], "pre_reorder_num_neighbors": setting["reorder"]}
        self.batched = self.index.search_batched_parallel if threads > 1 else self.index.search_batched

    def one(self, query, k):
        return self.index.search(query[0], k, **self.setting)[0]

    def many(self, queries, k):
        return self.batched(queries, k, **self.setting)[0]


class ScannSoar(Scann):
    """SOAR assigns each row to a second list; it exists for inner products only."""

    tree = {"soar_lambda": 1.5, "overretrieve_factor": 2.0}


class RabitqSymqg:
    """SymphonyQG by the authors of RaBitQ: degree 32, construction width 200."""

    def build(self, base, metric, threads):
        import rabitqlib

        self.index = rabitqlib.SymqgIndex(base.shape[1], 2 * M, metric)
        self.index.build(base, EF_CONSTRUCTION, threads)

    def save(self, path):
        self.index.save(path)

    def load(self, path, dim, metric):
        import rabitqlib

        self.index = rabitqlib.SymqgIndex.load(path)

    def sweep(self):
        return [{"ef": ef} for ef in EFS]

    def set(self, setting, threads):
        self.ef, self.threads = setting["ef"], threads

    def one(self, query, k):
        return self.index.search(query, k, self.ef, 1)[0][0]

    def many(self, queries, k):
        return self.index.search_batch(queries, k, self.ef, self.threads)[0]


class RabitqIvf:
    """IVF with codes of 7 bits a dimension, k-means by the library's own."""

    def build(self, base, metric, threads):
        import rabitqlib

        lists = lists_for(len(base))
        means = rabitqlib.RaBitQKMeans(base.shape[1], lists, num_threads=threads, seed=BUILD_SEED)
        means.train(base)
        self.index = rabitqlib.IvfIndex(base.shape[1], len(base), lists, 7, metric)
        self.index.build(base, means.centroids, means.assignments, threads)

    def save(self, path):
        self.index.save(path)

    def load(self, path, dim, metric):
        import rabitqlib

        self.index = rabitqlib.IvfIndex.load(path)

    def sweep(self):
        return [{"nprobe": nprobe} for nprobe in NPROBES]

    def set(self, setting, threads):
        self.nprobe, self.threads = setting["nprobe"], threads

    def one(self, query, k):
        return self.index.search(query, k, self.nprobe, num_threads=1)[0][0]

    def many(self, queries, k):
        return self.index.search(queries, k, self.nprobe, num_threads=self.threads)[0]


class Usearch:
    dtype = "f32"

    def build(self, base, metric, threads):
        import numpy
        from usearch.index import Index

        kind = {"ip": "ip", "l2": "l2sq"}[metric]
        self.index = Index(
            ndim=base.shape[1], metric=kind, dtype=self.dtype, connectivity=M, expansion_add=EF_CONSTRUCTION
        )
        self.index.add(numpy.arange(len(base)), base, threads=threads)

    def save(self, path):
        self.index.save(path)

    def load(self, path, dim, metric):
        from usearch.index import Index

        self.index = Index.restore(path)

    def sweep(self):
        return [{"ef": ef} for ef in EFS]

    def set(self, setting, threads):
        self.index.expansion_search, self.threads = setting["ef"], threads

    def one(self, query, k):
        return self.index.search(query[0], k, threads=1).keys

    def many(self, queries, k):
        return self.index.search(queries, k, threads=self.threads).keys


class UsearchI8(Usearch):
    dtype = "i8"


PEERS = {
    "hnswlib": Hnswlib,
    "faiss-hnswflat": FaissHnswFlat,
    "faiss-ivfflat": FaissIvfFlat,
    "faiss-ivfpqfs-r": FaissIvfPqFastScanRefine,
    "scann": Scann,
    "scann-soar": ScannSoar,
    "rabitq-symqg": RabitqSymqg,
    "rabitq-ivf": RabitqIvf,
    "usearch": Usearch,
    "usearch-i8": UsearchI8,
}
